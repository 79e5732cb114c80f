"""How bright the pixels of a data set are, drawn as a histogram.

Plain SVG: it is there with the page's first sight, prints, and has its numbers as text.
"""

from dcgan.data.statistics import Statistics
from ui.drawing import svg, text
from ui.text import number, t

BINS = 32
WIDTH, HEIGHT, BASE = 320, 150, 126  # of the drawing; where the bars stand
TOP = 26  # where the highest bar of those that are not cut off ends


def draw_brightness(statistics: Statistics) -> str:
    """Return the histogram as SVG; a first bar that would dwarf all others is cut off, and says its share."""
    counts = statistics.bins(BINS).astype(float)
    cut = counts[0] > 2 * counts[1:].max()
    highest = max(1.0, counts[1:].max() if cut else counts.max())
    step = WIDTH / BINS
    bars, parts = "", []
    for index, count in enumerate(counts):
        height = BASE - 4 if cut and index == 0 else (BASE - TOP) * count / highest
        bars += f"M{index * step + 0.5:.1f} {BASE}v-{height:.1f}h{step - 1:.1f}v{height:.1f}z"
    parts.append(f'<path class="bars" d="{bars}"/>')  # one element: a browser takes its time for each
    # A break across the bar that is cut off, in the colour of the page.
    if cut:
        parts.append(f'<path class="break" d="M-2 {TOP + 6} l6 -5 l6 5 l6 -5"/>')
        share = number(100 * counts[0] / counts.sum(), 0)
        parts.append(text(step + 5, 14, t("data.page.black", share=share), "strong"))
    parts.append(f'<line x1="0" x2="{WIDTH}" y1="{BASE}" y2="{BASE}"/>{_axis()}')
    return svg(WIDTH, HEIGHT, describe(statistics), "".join(parts))


def describe(statistics: Statistics) -> str:
    """Return the histogram in a sentence."""
    return t(
        "data.page.brightness_line", mean=number(statistics.mean, 1), deviation=number(statistics.deviation, 1),
        black=number(100 * statistics.share(0), 0),
    )  # fmt: skip


def _axis() -> str:
    marks = ((0, "start", t("data.page.dark")), (128, "middle", "128"), (255, "end", t("data.page.light")))
    return "".join(text(level / 255 * WIDTH, HEIGHT - 6, words, anchor=anchor) for level, anchor, words in marks)
