"""A session whose web is one server on loopback, and calls through the same door as a model's."""

import asyncio

import pytest

from pipeline_project.security.urls import UrlPolicy
from pipeline_project.tools.run import run_tool
from pipeline_project.tools.session import Session
from pipeline_project_tests.servers.web import WebServer


class Browser:
    """A session in which `call` runs a tool; `allow` opens more hosts, other values are the policy's."""

    def __init__(self, folder, web):
        self.session = Session(folder, urls=UrlPolicy().allowing([web.allowed]))
        self.web = web

    def allow(self, *hosts, **values):
        self.session.urls = UrlPolicy(**values).allowing([self.web.allowed, *hosts])

    def call(self, name, **arguments):
        return asyncio.run(run_tool(name, arguments, self.session))

    def fetch(self, path="/", **arguments):
        return self.call("WebFetch", url=path if "://" in path else self.web.base + path, **arguments)


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


@pytest.fixture
def browser(tmp_path, web):
    return Browser(tmp_path, web)
