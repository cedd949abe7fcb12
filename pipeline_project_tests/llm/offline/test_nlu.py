"""How well the rules read texts as people write them, and what they do not claim to know."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidDefinition
from pipeline_project.llm.offline.nlu import analyse, cues, labels

TODAY = date(2026, 11, 20)
NUMBERS = ("invoice_number", "order_number", "po_number", "ticket_number", "customer_number")
KINDS = frozenset({"money", "date", "email", "phone", "url", "iban", "person", "company", *NUMBERS})
FOLDER = Path(__file__).parent


def rows(name):
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def plain(kind, value, currency=None):
    if kind != "money":
        return kind, str(value).rstrip(".")
    amount, code = (value, currency) if currency else value.split()
    return kind, f"{Decimal(amount).normalize():f} {code}"


def labelled(row):
    """A row's labels; the short form is one line: intent category priority language."""
    if "is" not in row:
        return row
    return {
        **{key: row[key] for key in ("text", "sentiment") if key in row},
        **dict(zip(("intent", "category", "priority", "language"), row["is"].split(), strict=True)),
    }


def measured(name):
    """Field → share of the labels that the rules agree with; entities as F1 over all of them."""
    right, asked = Counter(), Counter()
    hits = missed = extra = 0
    for raw in rows(name):
        row = labelled(raw)
        found = analyse(row["text"], today=TODAY)
        labels = {"language": "en", **{key: row[key] for key in row if key not in ("text", "entities")}}
        if "category" in row and "priority" in row:
            labels["route"] = "urgent" if row["priority"] == "urgent" else row["category"]
        for key, label in labels.items():
            asked[key] += 1
            right[key] += getattr(found, key) == label
        if "entities" in raw or ("intent" in raw and "is" not in raw):
            wanted = {plain(*label.split("=", 1)) for label in raw.get("entities", ())}
            seen = {plain(e.type, e.value, e.currency) for e in found.entities if e.type in KINDS and e.value}
            hits, missed, extra = hits + len(wanted & seen), missed + len(wanted - seen), extra + len(seen - wanted)
    shares = {key: right[key] / asked[key] for key in asked}
    return {**shares, "entities": 2 * hits / (2 * hits + missed + extra)} if hits else shares


def show(capsys, title, shares):
    with capsys.disabled():
        print(f"\n{title}:", {key: f"{share:.0%}" for key, share in shares.items()})  # noqa: T201 - the measurement


LEARNED = ("labelled.yaml", *(f"fresh_{letter}.yaml" for letter in "abcdfhijl"))


def test_nine_of_ten_labels_are_met_in_every_field_of_the_sets_that_rules_were_made_with(capsys):
    assert sum(len(rows(name)) for name in LEARNED) >= 200
    for name in LEARNED:
        shares = measured(name)
        show(capsys, f"{name}, {len(rows(name))} texts", shares)
        assert min(shares.values()) >= 0.9


# Measured by the rules alone and then with the sentences, intent and route: fresh_g 90 → 100 % and 90 → 100 %, fresh_e
# (words that nobody would put on a list; a third of its rows had been read by who wrote the sentences) 47 → 80 % and
# 60 → 90 %, fresh_k 83 → 93 % and 84 → 92 %, fresh_m 77 → 89 % and 82 → 82 %. The floors stand below.
@pytest.mark.parametrize(
    ("name", "intents", "routes", "priorities"),
    [
        ("fresh_g.yaml", 0.95, 0.95, 0.9),
        ("fresh_e.yaml", 0.75, 0.83, 0.8),
        ("fresh_k.yaml", 0.9, 0.88, 0.9),
        ("fresh_m.yaml", 0.85, 0.8, 0.9),
    ],
)
def test_texts_that_were_measured_once_are_not_read_worse_than_then(capsys, name, intents, routes, priorities):
    shares = measured(name)
    show(capsys, f"{name}, {len(rows(name))} unseen texts", shares)
    assert shares["intent"] >= intents
    assert shares["route"] >= routes
    assert shares["priority"] >= priorities


def test_texts_that_no_rule_was_made_for_are_measured_as_they_are(capsys):
    shares = measured("held_out.yaml")
    show(capsys, f"{len(rows('held_out.yaml'))} texts in other words", shares)
    assert shares["entities"] >= 0.9
    assert shares["language"] >= 0.9


def test_a_long_run_of_letters_is_read_in_linear_time():
    assert analyse("a" * 100_000).category == "general"


def test_a_cue_has_gaps_numbers_and_one_word_of_several():
    pattern = cues._pattern(["return|send __ back", "order # boxes", "kaput*"])
    assert pattern is not None
    found = [text for text in SPOKEN if pattern.search(cues.folded(text))]
    assert found == ["Please send the two old lamps back", "order 20 boxes", "Alles kaputt"]


SPOKEN = ("Please send the two old lamps back", "order 20 boxes", "order some boxes", "Alles kaputt", "a comeback")


def test_the_words_of_both_files_stand_for_one_concept():
    assert {"FAULT", "SYSTEM"} <= cues.shown("The app crashes.").anywhere
    assert {"FAULT", "DEVICE"} <= cues.shown("The boiler has no hot water.").anywhere


def test_what_is_quoted_of_a_thread_does_not_count():
    found = analyse("Thanks, that was great help!\n\nOn 3 November 2026 Lina wrote:\n> the server is down, urgent!")
    assert (found.intent, found.priority) == ("praise", "low")


def test_a_weight_on_a_concept_that_is_not_there_is_refused():
    with pytest.raises(InvalidDefinition, match="NOSUCH"):
        labels._label("x", {"means": "", "cues": {"NOSUCH": 1}})


def test_what_is_wrong_on_unseen_texts_is_mostly_said_with_little_confidence():
    unseen = [(row, analyse(row["text"])) for row in map(labelled, rows("fresh_e.yaml"))]
    wrong = [found for row, found in unseen if (found.intent, found.category) != (row["intent"], row["category"])]
    assert sum(found.confidence < 0.5 for found in wrong) / len(wrong) >= 0.7


@pytest.mark.parametrize(
    ("text", "iso"),
    [("Call me tomorrow.", "2026-11-21"), ("until next Friday", "2026-11-27"), ("in 3 days", "2026-11-23")],
)
def test_relative_days_are_counted_from_the_day_given_and_stay_words_without_one(text, iso):
    assert analyse(text, today=TODAY).of_type("date")[0].value == iso
    assert analyse(text).of_type("date")[0].value is None


def test_a_task_has_its_title_assignee_and_day():
    (task,) = analyse("Peter will send the offer by 27 November 2026.", today=TODAY).tasks
    assert (task.title, task.assignee, task.due) == ("Send the offer by 27 November 2026", "Peter", "2026-11-27")


def test_calm_words_outweigh_a_loud_one():
    assert analyse("This is not urgent, please look at the printer.").priority == "low"


def test_nothing_known_is_said_with_little_confidence():
    found = analyse("Lorem ipsum dolor sit amet.")
    assert (found.category, found.language) == ("general", "und")
    assert found.confidence <= 0.2


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_and_entities_stand_where_they_say(text):
    for entity in analyse(text, today=TODAY).entities:
        assert text[entity.start : entity.start + len(entity.text)] == entity.text


EXAMPLES = Path(__file__).parents[3] / "examples" / "offline"
EXPECTED = yaml.safe_load((EXAMPLES / "expected.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_the_examples_are_read_as_their_table_says(name):
    expected = dict(EXPECTED[name])
    found = analyse((EXAMPLES / name).read_text(encoding="utf-8"), today=TODAY)
    named = {f"{entity.type}={entity.value}" for entity in found.entities}
    assert named.issuperset(expected.pop("entities", ()))
    assert {key: getattr(found, key) for key in expected} == expected


def test_every_example_text_has_its_row():
    assert {
        path.name
        for path in EXAMPLES.iterdir()
        if path.name.startswith(("ticket", "lead", "contract", "invoice", "reminder"))
    } == set(EXPECTED)
