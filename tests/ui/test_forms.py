import pytest

from dcgan.config import ConfigError, build_config, field_schema
from ui import forms, text


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


def error_of(changes: dict[str, object]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        build_config("stable", changes)
    return caught.value


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("training.epochs", 0, "Epochs: 0 cannot be used. Allowed is a whole number from 1 to 10,000."),
        (
            "g_optimizer.learning_rate", -1.0,
            "Generator's learning rate: −1 cannot be used. Allowed is a number above 0, up to 1.",
        ),
        ("discriminator.dropout", 1.0, "Dropout: 1 cannot be used. Allowed is a number from 0 to below 1."),
        ("data.limit", 0, "Images used: 0 cannot be used. Allowed is a whole number from 1 to 60,000."),
    ],
)  # fmt: skip
def test_a_bad_value_gets_a_sentence_with_field_value_and_limits(path: str, value: object, sentence: str) -> None:
    assert forms.explain(error_of({path: value})) == sentence


def test_a_batch_larger_than_the_images_used_says_so() -> None:
    error = error_of({"data.limit": 100, "training.batch_size": 128})
    assert forms.explain(error) == (
        "Batch size: 128 cannot be used. A batch may be no larger than the number of images used, 100."
    )


def test_a_batch_beyond_its_own_limit_names_that_limit() -> None:
    assert "from 2 to 8,192" in forms.explain(error_of({"training.batch_size": 1}))


@pytest.mark.parametrize("language", ["en", "tr"])
def test_emulated_bfloat16_is_warned_of_with_its_price_and_the_way_out(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "language", lambda: language)
    monkeypatch.setattr(forms, "bfloat16_slowdown", lambda: 70)
    warning = forms.warn_of(build_config("stable", {"training.precision": "bfloat16"}))
    assert warning is not None
    for word in (text.t("config.training.precision.label"), "bfloat16", "70", "float32", text.t("train.all_settings")):
        assert word in warning
    assert forms.warn_of(build_config("stable")) is None


def test_too_few_steps_for_a_shape_are_warned_of() -> None:
    few = build_config("stable", {"data.limit": 2_000, "training.epochs": 2})  # 2 * (2,000 // 64)
    assert (forms.warn_of(few) or "").startswith("Only 62 steps in all: expect noise.")
    assert forms.warn_of(build_config("notebook", {"data.limit": 6_000, "training.epochs": 1})) is None  # 187


def test_limits_in_turkish_are_turkish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "tr")
    assert forms.describe_limits(field_schema("training.epochs")) == "1 ile 10.000 arasında bir tam sayı"


def test_every_offered_field_has_a_description_of_its_limits() -> None:
    assert all(forms.describe_limits(field_schema(path)) for path in forms.OFFERED)
    assert set(forms.MAIN_FIELDS) <= set(forms.OFFERED)


def named(changes: dict[str, object]) -> dict[str, object]:
    return {error.field: error.value for error in forms._find_errors("stable", changes)}


def test_a_batch_is_judged_against_the_images_used_beside_it_and_not_against_the_recipes() -> None:
    assert named({"training.batch_size": 20, "data.limit": 10}) == {"training.batch_size": 20}
    assert named({"training.batch_size": 8, "data.limit": 40, "training.epochs": 0}) == {"training.epochs": 0}
    assert named({"training.batch_size": 256, "data.limit": 100, "training.seed": "-5"}) == {
        "training.batch_size": 256, "training.seed": -5,
    }  # fmt: skip


@pytest.mark.parametrize("typed", ["99999999999999999999", "1.5", "five", "", "1e400"])
def test_a_seed_that_is_none_is_named_as_it_was_typed(typed: str) -> None:
    (error,) = forms._find_errors("stable", {"training.seed": typed})
    sentence = forms.explain(error)
    assert sentence.startswith("Seed: ") and "0 to 4,294,967,295" in sentence
