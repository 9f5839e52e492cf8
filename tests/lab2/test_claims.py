"""Reported values against measured ones: every verdict in words, nothing silently zero."""

import json
from dataclasses import replace

import pytest

from grader.errors import StaffError
from grader.lab2.accuracies import Accuracy
from grader.lab2.bands import Band
from grader.lab2.claims import Measurements, Verdict, verify_accuracies
from grader.lab2.conclusions import derive_key, verify_average, verify_conclusion
from grader.lab2.known_tables import KNOWN_TABLES, MISTAKES, KnownMistake, KnownTable, read_mistakes

RIGHT = {
    "float": 0.9570,
    "bits_6": 0.9565,
    "bits_5": 0.9535,
    "bits_4": 0.9240,
    "bits_3": 0.7580,
    "bits_2": 0.1505,
    "before_442": 0.5995,
    "before_424": 0.3360,
    "before_244": 0.8050,
}
SCHEMES = {"442": (4, 4, 2), "424": (4, 2, 4), "244": (2, 4, 4)}
PER_CHANNEL = KnownMistake(
    "STE.forward.per_channel",
    "every channel has its own scale",
    {"bits_4": 0.95, "bits_3": 0.9, "bits_2": 0.31},
)


def band(scheme, *values):
    return Band("embedded", "", "", "protocol", scheme, 2000, dict(enumerate(values)), {})


BANDS = {
    "bits_4": band("bits_4", 0.962),
    "bits_3": band("bits_3", 0.955),
    "bits_2": band("bits_2", 0.92),
    "after_442": band("442", 0.946),
    "after_424": band("424", 0.90),
    "after_244": None,
}


def measure(same=True, steps_right=True, **changes):
    values = RIGHT | changes
    found = {name: Accuracy(value, same, 0.0 if same else 0.4) for name, value in values.items()}
    tables = ((PER_CHANNEL,), KNOWN_TABLES, steps_right)
    return Measurements("the embedded images", found, RIGHT, BANDS, *tables)


def verify(item, name, value, measured=None, **others):
    claims = {("lab2.b", other): v for other, v in others.items()} | {(item, name): value}
    return verify_accuracies(claims, measured or measure())[item, name]


@pytest.mark.parametrize("value", [0.7580, 0.7590, 0.7575])
def test_the_measured_accuracy_is_verified(value):
    found = verify("lab2.b", "bits_3", value)
    assert found.verified is True
    assert found.words == "found 0.7580 on the embedded images"


def test_another_accuracy_is_left_to_a_person_beside_the_measured_one():
    found = verify("lab2.b", "bits_3", 0.70)
    assert (found.verdict, found.verified) == (Verdict.OUTSIDE, None)
    assert "0.7580" in found.words


def test_whole_percent_is_said():
    assert "rounded to whole percent" in verify("lab2.b", "bits_3", 0.76).words


def test_the_accuracy_of_the_students_own_wrong_quantizer_is_verified():
    """A wrong quantizer costs points in (a); its true accuracies are right answers to (b)."""
    found = verify("lab2.b", "bits_3", 0.9, measure(same=False, bits_3=0.9))
    assert found.verdict is Verdict.MATCHES
    assert "not the reference's" in found.words


def test_a_value_under_another_name_is_named():
    found = verify("lab2.d", "before_442", 0.8050)
    assert found.verdict is Verdict.KNOWN_MISTAKE
    assert "is the accuracy of {2,4,4}" in found.words


def test_a_mistake_that_explains_all_numbers_counts_more_than_one_that_explains_this_one():
    """Several wrong quantizers give the same accuracy at one precision."""
    other = KnownMistake("STE.forward.other", "another thing is wrong", {"bits_3": 0.9})
    measured = replace(measure(), mistakes=(other, PER_CHANNEL))
    assert "every channel" in verify("lab2.b", "bits_3", 0.9, measured, bits_2=0.31).words
    alone = verify("lab2.b", "bits_3", 0.9, measured)
    assert alone.verdict is Verdict.KNOWN_MISTAKE
    assert "2 known wrong quantizers" in alone.words


def test_the_measured_mistakes_tell_the_square_of_bits_from_one_level_too_many():
    """Both reach 0.9215 at 3 bits on the embedded images."""
    known = json.loads(MISTAKES.read_text(encoding="utf-8"))
    mistakes = read_mistakes(known["data_sha256"], known["weights_sha256"])
    assert len(mistakes) == 35
    measured = replace(measure(), mistakes=mistakes)
    words = verify("lab2.b", "bits_3", 0.9215, measured, bits_6=0.9495).words
    assert next(m.why for m in mistakes if m.id == "STE.forward.square_of_bits") in words


def test_a_finetuned_accuracy_reported_as_before_is_named():
    assert "what finetuning reaches" in verify("lab2.d", "before_442", 0.944).words


def test_the_accuracies_of_a_known_wrong_quantizer_are_named():
    found = verify("lab2.b", "bits_3", 0.9005)
    assert found.verdict is Verdict.KNOWN_MISTAKE
    assert "every channel has its own scale" in found.words
    assert found.verified is None


def test_an_accuracy_at_chance_names_no_mistake():
    mistake = KnownMistake("x", "wrong", {"bits_2": 0.1})
    measured = measure()
    measured = Measurements(measured.described, measured.accuracies, RIGHT, BANDS, (mistake,), ())
    assert verify("lab2.b", "bits_2", 0.1, measured).verdict is Verdict.OUTSIDE


def test_all_accuracies_of_a_wrong_quantizer_name_it_even_below_chance():
    measured = measure()
    mistake = KnownMistake("x", "wrong", {"bits_3": 0.11, "bits_2": 0.1})
    measured = Measurements(measured.described, measured.accuracies, RIGHT, BANDS, (mistake,), ())
    found = verify("lab2.b", "bits_2", 0.1, measured, bits_3=0.11)
    assert found.verdict is Verdict.KNOWN_MISTAKE


def test_a_quantizer_that_cannot_be_evaluated_leaves_the_claim_to_a_person():
    measured = measure()
    broken = dict(measured.accuracies) | {
        "bits_3": Accuracy(
            None, same_as_reference=False, wrong_codes=1.0, problem="the worker returned no weights"
        )
    }
    measured = Measurements(measured.described, broken, RIGHT, BANDS, (), ())
    found = verify("lab2.b", "bits_3", 0.758, measured)
    assert found.verdict is Verdict.UNVERIFIED
    assert "the worker returned no weights" in found.words


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("bits_4", 0.8972, Verdict.MATCHES),
        ("bits_4", 0.7660, Verdict.KNOWN_MISTAKE),
        ("bits_4", 0.5, Verdict.OUTSIDE),
        ("before_442", 0.4, Verdict.UNVERIFIED),
    ],
)
def test_numbers_of_the_courses_checkpoint_are_recognized_by_the_float_accuracy(name, value, verdict):
    item = "lab2.d" if name.startswith("before") else "lab2.b"
    found = verify(item, name, value, float=0.9151)
    assert found.verdict is verdict
    assert "the course's checkpoint on CIFAR-10" in found.words


def test_on_other_images_a_wrong_quantizer_is_left_to_a_person():
    found = verify("lab2.b", "bits_4", 0.8972, measure(same=False), float=0.9151)
    assert found.verdict is Verdict.UNVERIFIED


def test_finetuned_numbers_on_other_images_have_no_band():
    assert verify("lab2.c", "bits_4", 0.91, float=0.9151).verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("item", "name", "value", "verdict", "words"),
    [
        ("lab2.c", "bits_4", 0.955, Verdict.MATCHES, "n = 1"),
        ("lab2.c", "bits_4", 0.80, Verdict.OUTSIDE, "finetuning the reference gives"),
        ("lab2.c", "bits_3", 0.758, Verdict.KNOWN_MISTAKE, "the accuracy before finetuning"),
        ("lab2.d", "after_442", 0.5995, Verdict.KNOWN_MISTAKE, "the accuracy before finetuning"),
        ("lab2.d", "after_442", 0.9005, Verdict.KNOWN_MISTAKE, "is what {4,2,4} reaches"),
        ("lab2.d", "after_244", 0.9, Verdict.UNVERIFIED, "no band was measured"),
    ],
)
def test_finetuned_accuracies_are_set_against_their_band(item, name, value, verdict, words):
    found = verify(item, name, value)
    assert found.verdict is verdict
    assert words in found.words


@pytest.mark.parametrize(("steps_right", "words"), [(False, "are wrong"), (None, "were not taken")])
def test_a_finetuned_accuracy_earns_points_only_where_single_steps_are_right(steps_right, words):
    """Wrong quantizers recover as well as right ones, so the accuracy alone shows nothing."""
    found = verify("lab2.c", "bits_4", 0.955, measure(steps_right=steps_right))
    assert (found.verdict, found.verified) == (Verdict.UNVERIFIED, None)
    assert words in found.words
    assert found.expected


def test_a_band_is_as_wide_as_its_runs_and_its_test_set_demand():
    assert band("a", 0.95).half_width == pytest.approx(3 * (0.95 * 0.05 / 2000) ** 0.5)
    assert band("a", 0.8, 0.9).half_width == pytest.approx(4 * 0.1 / 2**0.5)
    assert band("a", 0.9999).half_width == 0.01


def test_the_key_of_the_conclusion_follows_from_a_measured_table():
    """With the course's weights one scheme has the fewest bits and the highest accuracy of the three."""
    key = derive_key(SCHEMES)
    assert (key.scheme, key.stage) == ("442", "3")
    others = KnownTable("x", "y", {"before_442": 0.1, "before_424": 0.2, "before_244": 0.3})
    with pytest.raises(StaffError, match=r"found \['442', '424', '244'\] on the Pareto front with x"):
        derive_key(SCHEMES, others)
    with pytest.raises(StaffError, match=r"no accuracies of \['333'\]"):
        derive_key(SCHEMES | {"333": (3, 3, 3)})


def test_the_key_follows_other_schemes():
    """An instructor who sets other schemes measures them and gets another key."""
    schemes = {"626": (6, 2, 6), "266": (2, 6, 6)}
    key = derive_key(schemes, KnownTable("x", "y", {"before_626": 0.7, "before_266": 0.6}))
    assert (key.scheme, key.stage) == ("626", "2")
    assert "2 bits in stage 2, which holds 19% of the weights" in key.why


@pytest.mark.parametrize("value", [2.6, 2.599, 2.5988])
def test_average_precision_is_verified_to_two_decimals(value):
    assert verify_average("average_442", value, SCHEMES).verified is True


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("average_442", 3.7328, "is the average precision of {4,2,4}"),
        ("average_442", 3.3333, "the three stages count the same"),
        ("average_424", 3.6208, "left out"),
        ("average_244", 7.0, "bits"),
    ],
)
def test_another_average_precision_is_explained_where_it_can_be(name, value, words):
    found = verify_average(name, value, SCHEMES)
    assert found.verified is None
    assert words in found.words


def conclude(scheme, stage, data="cifar10", **verified):
    numbers = {name.removeprefix("s"): value for name, value in verified.items()}
    return verify_conclusion(scheme, stage, data, numbers, SCHEMES, {"442": 0.89, "424": 0.88, "244": 0.87})


def test_the_key_is_verified():
    found = conclude("442", "3")
    assert found["lab2.f", "scheme"].verified is True
    assert found["lab2.f", "stage"].verified is True
    table = "{4,4,2} 0.3389 at 2.60 bits, {4,2,4} 0.3208 at 3.73 bits, {2,4,4} 0.1028 at 4.01 bits"
    assert table in found["lab2.f", "scheme"].words


def test_a_conclusion_from_the_students_verified_numbers_goes_to_a_person_with_them():
    found = conclude("244", "1", s442=0.85, s424=0.86, s244=0.88)
    for verdict in found.values():
        assert verdict.verdict is Verdict.UNVERIFIED
        assert "the student's own numbers" in verdict.words
        assert "{2,4,4} 0.8800 at 4.01 bits" in verdict.words


def test_a_conclusion_that_follows_from_nothing_is_set_against_the_key():
    found = conclude("424", "2", s442=0.89, s424=0.86, s244=0.88)
    assert {verdict.verdict for verdict in found.values()} == {Verdict.OUTSIDE}
    assert all(verdict.verified is None for verdict in found.values())


def test_on_the_embedded_images_every_conclusion_goes_to_a_person():
    for scheme, stage in (("442", "3"), ("244", "1")):
        found = conclude(scheme, stage, data="embedded")
        assert {verdict.verdict for verdict in found.values()} == {Verdict.UNVERIFIED}


def test_nothing_reported_is_no_claim():
    assert conclude("", "") == {}
