from dcgan.config import build_config
from ui.differences import list_differences


def test_only_what_differs_is_listed_in_the_order_of_the_form() -> None:
    configs = [
        build_config("stable"),
        build_config("stable", {"training.seed": 7}),
        build_config("stable", {"generator.base_filters": 32}),
    ]
    assert list_differences(configs) == ["generator.base_filters", "training.seed"]
    assert list_differences(configs[:1] * 3) == []
    assert list_differences(configs[1:]) == ["generator.base_filters", "training.seed"]


def test_what_the_first_two_share_and_the_third_does_not_differs() -> None:
    same = build_config("notebook")
    assert list_differences([same, same, build_config("notebook", {"training.epochs": 3})]) == ["training.epochs"]
