import pytest

from dcgan.config import field_schema
from dcgan.limits import describe_limits


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("training.seed", "a whole number from 0 to 4,294,967,295"),
        ("saving.checkpoint_seconds", "a number from 0.5 to 3,600"),
        ("g_optimizer.learning_rate", "a number above 0 to 1"),
        ("discriminator.dropout", "a number from 0 to below 1"),
        ("data.limit", "a whole number from 1 to 10,000,000 or empty"),
        ("data.num_channels", "only 1"),
        ("training.loss", "one of non-saturating, minimax"),
        ("training.joined_batch", "true or false"),
        ("data.dataset", "a name of lower-case letters, digits and hyphens"),
    ],
)
def test_limits_are_written_as_a_person_would(path: str, words: str) -> None:
    assert describe_limits(field_schema(path)) == words
