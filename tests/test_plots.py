"""Figures: what they hold, and that they stay small."""

from dcgan.plots import COLOURS, SHAPES, Group, plot_map

GROUPS = [Group("shoe", [0.0, 1.0], [2.0, 3.0], [7, 9]), Group("bag", [], [], [])]


def test_each_group_is_a_trace_with_a_colour_a_shape_and_its_numbers() -> None:
    shoe, bag = plot_map(GROUPS, "image").data
    assert (shoe.name, list(shoe.x), list(shoe.y), list(shoe.customdata)) == ("shoe", [0, 1], [2, 3], [7, 9])
    assert shoe.hovertemplate.startswith("%{fullData.name}, image %{customdata}")
    assert (shoe.marker.color, shoe.marker.symbol) != (bag.marker.color, bag.marker.symbol)


def test_ten_groups_differ_in_colour_and_in_shape() -> None:
    assert len(set(COLOURS)) == len(set(SHAPES)) == 10


def test_a_figure_carries_no_template() -> None:
    assert len(plot_map(GROUPS, "image").to_json()) < 2_000
