"""What texts are like: learned from labelled sentences, the same in every process, and nothing for unknown words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline_project.llm.offline.nlu import analyse, labels, likeness

FOLDER = Path(likeness.__file__).with_name("sentences")


def best(points):
    return max(points, key=points.__getitem__)


def test_every_intent_has_its_file_and_every_category_is_one():
    known = labels.labels()
    assert {file.stem for file in FOLDER.glob("*.yaml")} == set(known.intents)
    for file in FOLDER.glob("*.yaml"):
        for key in yaml.safe_load(file.read_text(encoding="utf-8")):
            category, _, priority = key.partition(" ")
            assert category in known.categories
            assert priority in ("", "high", "urgent")


def test_no_sentence_stands_twice():
    lines = [line.casefold() for _, line in likeness._sentences()]
    assert len(lines) == len(set(lines)) >= 2_000


def test_a_text_of_unknown_words_is_like_nothing():
    like = likeness.likeness().of("Zyxqua flornt bwzzk.")
    assert {*like.intents.values(), *like.categories.values(), *like.priorities.values()} == {0.0}


@pytest.mark.parametrize(
    ("text", "intent", "category"),
    [
        ("canel my subscribtion plese", "cancel", "billing"),
        ("i want a refnud for teh second paymnet", "request_refund", "billing"),
        ("Der Waschmaschinendeckel klemmt und die Trommel dreht sich nicht.", "report_problem", "technical"),
    ],
)
def test_misspelt_and_compound_words_share_their_parts_with_known_ones(text, intent, category):
    found = analyse(text)
    assert (found.intent, found.category) == (intent, category)


def test_the_points_are_the_same_in_every_process():
    code = (
        "from pipeline_project.llm.offline.nlu import analyse;"
        "print(analyse('The lift stops between floors, who can come today?').intents)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    "text",
    [
        "There is a strong smell of gas in the basement.",
        "Anyone can open the invoices of other customers by changing the number in the link.",
        "Nobody can pay at any of our branches since eight.",
        "In der Werkhalle riecht es nach Gas.",
        "Unbekannte haben sich in unser Postfach eingeloggt.",
    ],
)
def test_what_puts_people_data_or_all_work_at_risk_is_urgent(text):
    assert analyse(text).route == "urgent"


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("We'd love to see a demo and would be happy to meet you.", "neutral"),
        ("Could you send us your prices? Looking forward to your offer, thanks!", "neutral"),
        ("The waiter was rude and the soup was cold.", "negative"),
        ("Meine Frau war von der Feier begeistert, ein großes Lob an die Küche.", "positive"),
        ("Fantastic prices, amazing deals, love our new shoes - buy now and save 30 %!", "neutral"),
    ],
)
def test_a_wish_and_an_advertisement_show_no_mood(text, sentiment):
    assert analyse(text).sentiment == sentiment
