"""Facts about the config: presets, limits, sentences."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcgan.config import (
    Config,
    ConfigError,
    batch_error,
    build_config,
    field_paths,
    field_schema,
    get_value,
    list_changes,
    parse_config,
)
from dcgan.latents import MAX_SEED
from dcgan.limits import describe_limits
from dcgan.presets import PRESETS


def test_the_notebook_preset_is_the_notebooks_recipe() -> None:
    config = build_config("notebook")
    assert (config.training.epochs, config.training.batch_size, config.generator.latent_dim) == (10, 32, 100)
    assert config.training.joined_batch
    assert config.training.frozen_fakes
    assert (config.generator.activation, config.generator.block_order) == ("selu", "activation-first")
    assert (config.discriminator.leaky_slope, config.discriminator.dropout) == (0.2, 0.3)
    assert (config.training.loss, config.training.ema_decay) == ("non-saturating", 0.0)
    assert (config.generator.kernel_size, config.discriminator.kernel_size) == (5, 5)
    for optimizer in (config.g_optimizer, config.d_optimizer):
        # Keras's RMSprop defaults.
        assert (optimizer.name, optimizer.learning_rate, optimizer.rho, optimizer.epsilon) == (
            "rmsprop",
            1e-3,
            0.9,
            1e-7,
        )
    assert (config.saving.sample_rows, config.saving.inverted) == (5, True)


def test_the_stable_preset_has_an_averaged_generator_and_no_batch_norm_in_d() -> None:
    config = build_config("stable")
    assert config.training.ema_decay == 0.999
    assert not config.discriminator.batch_norm
    assert (config.g_optimizer.learning_rate, config.g_optimizer.beta_1) == (2e-4, 0.5)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_config_survives_the_way_through_json(preset: str) -> None:
    config = build_config(preset)
    assert parse_config(json.loads(config.model_dump_json())) == config


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"training.epochs": 0}, "training.epochs", "a whole number from 1 to 10,000"),
        ({"training.epochs": 2.5}, "training.epochs", "a whole number"),
        ({"training.epochs": True}, "training.epochs", "a whole number"),
        ({"training.epochs": None}, "training.epochs", "a whole number"),
        ({"d_optimizer.learning_rate": -1}, "d_optimizer.learning_rate", "a number above 0 to 1"),
        ({"d_optimizer.learning_rate": float("nan")}, "d_optimizer.learning_rate", "a number above 0 to 1"),
        ({"d_optimizer.learning_rate": float("inf")}, "d_optimizer.learning_rate", "a number above 0 to 1"),
        ({"generator.activation": "tanh"}, "generator.activation", "one of relu, leaky_relu, selu"),
        ({"data.dataset": "../etc"}, "data.dataset", "lower-case letters"),
        ({"data.limit": 8, "training.batch_size": 16}, "training.batch_size", "at most the number of images, 8"),
        ({"training.epohcs": 3}, "training.epohcs", "did you mean training.epochs"),
        ({"preset": "paper"}, "preset", "no such field"),
    ],
)
def test_a_bad_value_names_field_value_and_what_is_allowed(changes: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_config("stable", changes)
    assert caught.value.field == field
    assert words in str(caught.value)


def test_an_unknown_preset_names_those_that_exist() -> None:
    with pytest.raises(ConfigError, match="choose one of notebook, tutorial, stable"):
        build_config("paper")


def test_strings_from_a_command_line_are_read_as_json() -> None:
    config = build_config("stable", {"training.epochs": "3", "generator.batch_norm": "false", "data.limit": "null"})
    assert (config.training.epochs, config.generator.batch_norm, config.data.limit) == (3, False, None)


@pytest.mark.parametrize("tree", [None, [1], "x", 3, {"training": 3}, {"training": {"epochs": "3"}}, {"extra": 1}])
def test_a_tree_from_outside_that_is_not_a_config_is_refused(tree: object) -> None:
    with pytest.raises(ConfigError):
        parse_config(tree)


@pytest.mark.parametrize("path", field_paths())
def test_every_field_has_limits_in_words_a_description_and_a_default(path: str) -> None:
    section, _, field = path.partition(".")
    assert len(describe_limits(field_schema(path))) > 5
    annotation = Config.model_fields[section].annotation
    assert annotation is not None
    assert annotation.model_fields[field].description.endswith(".")


def test_a_run_may_have_every_seed_that_latents_take() -> None:
    limits = field_schema("training.seed")
    assert (limits["minimum"], limits["maximum"]) == (0, MAX_SEED)


def test_a_value_is_found_by_its_dotted_path() -> None:
    assert get_value(build_config("notebook"), "d_optimizer.learning_rate") == 1e-3
    assert get_value(build_config("stable"), "data.limit") is None


@given(st.dictionaries(st.sampled_from(field_paths()), st.one_of(st.integers(), st.floats(), st.text(), st.none())))
def test_any_changes_give_a_config_or_a_sentence(changes: dict[str, object]) -> None:
    try:
        assert isinstance(build_config("stable", changes), Config)
    except ConfigError as error:
        assert error.field in str(error)


def test_a_config_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        build_config("stable").training.epochs = 3  # type: ignore[misc]


def test_the_error_for_a_batch_larger_than_the_data_names_both() -> None:
    assert (
        str(batch_error(64, 10))
        == "training.batch_size = 64 cannot be used: it may be at most the number of images, 10."
    )


def test_the_fields_in_which_two_configs_differ_are_named_in_their_order() -> None:
    before = build_config("stable")
    after = build_config("stable", {"training.epochs": 3, "data.limit": 100})
    assert list_changes(before, after) == ["data.limit", "training.epochs"]
    assert list_changes(before, before) == []


def test_a_long_value_is_cut_where_it_is_told() -> None:
    with pytest.raises(ConfigError) as caught:
        build_config("stable", {"training.epochs": "[" * 50 + "]" * 50})
    assert len(str(caught.value)) < 300 and "training.epochs" in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        build_config("x" * 5000)
    assert len(str(caught.value)) < 300
