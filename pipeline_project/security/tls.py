"""Verified TLS for every connection we open: the system's authorities and the ones httpx ships with.

A private authority is added with SSL_CERT_FILE or SSL_CERT_DIR, as for every OpenSSL program. There is no way
here to switch the verification off.
"""

import ipaddress
import os
import ssl
from functools import lru_cache

import httpx

CERTIFICATE_REMEDY = "Add its authority to the system's, or name the file in SSL_CERT_FILE."


def client_context() -> ssl.SSLContext:
    """A context that verifies certificate and host name; built once (60 ms) per setting of the variables."""
    return _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _context(_file: str | None, _directory: str | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def is_untrusted(error: BaseException | None) -> bool:
    """Whether a certificate that could not be verified is behind `error`."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, where clear text does no harm."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761, 6.3
