"""All runs as lines to sort, search, name, star, delete and choose from.

Owns what a line shows and the order of the lines. Every part of a line is a widget or text of its own, so that it can
be reached by keyboard and read aloud; decision 10 says what else was tried.
"""

import html
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import streamlit as st

from dcgan.runs.best import Best, read_best
from dcgan.runs.status import ACTIVE, StatusRecord
from dcgan.runs.store import ListedRun
from ui import chosen, run_labels, shell, state
from ui.best import describe_best, write_score
from ui.gallery import draw_badge, name_preset, name_run
from ui.problems import explain_cause
from ui.text import duration, number, plain, t

PER_PAGE = 10
LIST_SECONDS = 5.0  # between two looks while something goes on
SEARCH_FROM = 8  # fewer are seen at a glance

# What a list can be ordered by, None where a run has no such value, and whether the greatest comes first.
ORDERS: dict[str, tuple[Callable[[StatusRecord], Any], bool]] = {
    "newest": (lambda status: status.created, True),
    "state": (lambda status: status.status.value, False),
    "preset": (lambda status: status.preset, False),
    "progress": (lambda status: status.step / status.steps if status.steps else 0.0, True),
    "time": (lambda status: status.seconds, True),
    "d_loss": (lambda status: status.losses.get("d_loss", 0.0), False),
    "g_loss": (lambda status: status.losses.get("g_loss", 0.0), False),
    "best_fcd": (lambda status: best.value if (best := _best_fcd(status)) else None, False),
    "size": (lambda status: status.bytes, True),
}


def show_table(runs: Sequence[ListedRun]) -> None:
    """Draw the lines; looks again every few seconds while a run goes on."""
    active = _goes_on(runs)
    chosen.take_change()  # a run of the whole page shows it anyway
    st.fragment(_table, run_every=LIST_SECONDS if active else None)(active)


def _table(was_active: bool) -> None:
    try:
        runs = state.desk().list_seen()
    except OSError:
        st.rerun()  # the page says why
    over = was_active and not _goes_on(runs)
    if chosen.take_change() or over:
        st.rerun()
    run_labels.show_refusal()
    found = _choose_order(runs)
    page = min(int(st.session_state.get("table.page", 0)), max(0, (len(found) - 1) // PER_PAGE))
    shown = found[page * PER_PAGE : (page + 1) * PER_PAGE]
    tags = sorted({tag for run in runs for tag in run.labels.tags})
    ids = chosen.chosen_ids()

    names = chosen.tell_apart([(run.run_id, name_listed(run)) for run in shown])
    lines = [partial(_show_line, run, names[place], place, ids, tags) for place, run in enumerate(shown)]
    listed = {run.run_id for run in runs}
    for deletion in run_labels.list_deleted():
        if deletion.run_id not in listed:
            lines.insert(min(deletion.place, len(lines)), partial(run_labels.show_deleted, deletion))
    with st.container(key="run-table", gap=None):
        if lines:
            st.html(draw_heads())
        for draw in lines:
            draw()
    if not lines:
        st.markdown(t("compare.none_found"))
    _turn_pages(page, len(found))


def _goes_on(runs: Sequence[ListedRun]) -> bool:
    """Whether the list will change by itself: a run trains or waits, or a fresh server still unpacks its gallery."""
    return not state.is_gallery_loaded() or any(run.status and run.status.status.value in ACTIVE for run in runs)


def _choose_order(runs: Sequence[ListedRun]) -> list[ListedRun]:
    """Draw search and order; return the runs that are found, starred ones first where that is asked for."""
    words, order, turned = "", "newest", False
    with st.container(horizontal=True, vertical_alignment="bottom", key="table-controls", gap="small"):
        if len(runs) >= SEARCH_FROM:
            words = st.text_input(
                t("compare.search"), key="table.search", placeholder=t("compare.search_empty"),
                icon=":material/search:", persist_state="session", width=280,
            )  # fmt: skip
        if len(runs) > 1:
            order = st.selectbox(
                t("compare.order"), list(ORDERS), format_func=lambda name: t(f"compare.order_{name}"),
                key="table.order", persist_state="session", width=220,
            )  # fmt: skip
            turned = st.toggle(t("compare.turned"), key="table.turned", persist_state="session")
    return order_runs(find_runs(runs, words), str(order), turned)


def find_runs(runs: Sequence[ListedRun], words: str) -> list[ListedRun]:
    """Return the runs whose name, tags, notes, recipe, data or id hold every one of the words, whatever their case."""
    wanted = words.casefold().split()
    return [run for run in runs if all(word in _searched(run) for word in wanted)]


def _searched(run: ListedRun) -> str:
    known = [run.run_id, run.labels.name, run.labels.notes, *run.labels.tags]
    if run.status is not None:
        known += [run.status.dataset, run.status.preset, name_preset(run.status.preset)]
    return "\n".join(known).casefold()


def order_runs(runs: Sequence[ListedRun], order: str, turned: bool = False) -> list[ListedRun]:
    """Return the runs in an order; starred ones before the others, then those without a value, unreadable ones last."""
    key, greatest_first = ORDERS[order]
    readable = [(key(run.status), run) for run in runs if run.status is not None]
    known = [(value, run) for value, run in readable if value is not None]
    known.sort(key=itemgetter(0), reverse=greatest_first != turned)
    found = [run for _, run in [*known, *(pair for pair in readable if pair[0] is None)]]
    found.sort(key=lambda run: not run.labels.star)
    return found + [run for run in runs if run.status is None]


def name_listed(run: ListedRun) -> str:
    """Return what a run is called, also one that cannot be read."""
    return name_run(run.status, run.labels) if run.status else run.labels.name or run.run_id


def _show_line(run: ListedRun, name: str, place: int, ids: Sequence[str], tags: Sequence[str]) -> None:
    is_own = state.desk().owns(run.run_id)
    with st.container(horizontal=True, vertical_alignment="center", key=f"line-{run.run_id}", gap="small"):
        if run.status is not None:
            _offer_choice(run.run_id, name, ids)
            if is_own:
                _offer_star(run.run_id, name, run.labels.star)
            else:  # its place, so that the columns stand under each other
                st.html('<span class="no-star" aria-hidden="true"></span>', width="content")
            st.page_link(shell.TRAIN, label=plain(name), query_params={"run": run.run_id})
        st.html(draw_facts(run, ids))
        if not is_own:
            st.caption(t("home.gallery"), help=t("visitor.gallery_run"), width="content")
            return
        if st.button(
            t("compare.edit"), key=f"edit-{run.run_id}", type="tertiary", icon=":material/edit:",
            help=t("compare.edit_help", name=plain(name)),
        ):  # fmt: skip
            run_labels.edit(run.run_id, tags)
        goes_on = run.status is not None and run.status.status.value in ACTIVE
        st.button(
            t("compare.delete"), key=f"delete-{run.run_id}", type="tertiary", icon=":material/delete:",
            disabled=goes_on, on_click=run_labels.delete, args=(run.run_id, name, place),
            help=t("error.run-active") if goes_on else t("compare.delete_help", name=plain(name)),
        )  # fmt: skip


def _offer_choice(run_id: str, name: str, ids: Sequence[str]) -> None:
    key, is_chosen = f"choose-{run_id}", run_id in ids
    st.session_state[key] = is_chosen
    full = len(ids) >= chosen.MOST and not is_chosen
    st.checkbox(  # its label is read aloud as it is, and seen by nobody
        t("compare.choose", name=name), key=key, label_visibility="collapsed", on_change=_choose, args=(run_id,),
        disabled=full, help=t("compare.full", most=chosen.MOST) if full else None,
    )  # fmt: skip


def _offer_star(run_id: str, name: str, starred: bool) -> None:
    st.button(
        f"{'★' if starred else '☆'} :gray[{t('compare.starred' if starred else 'compare.not_starred')}]",
        key=f"star-{run_id}", type="tertiary", on_click=run_labels.star, args=(run_id, not starred),
        help=t("compare.unstar" if starred else "compare.star", name=plain(name)),
    )  # fmt: skip


def _choose(run_id: str) -> None:
    ids = [known for known in chosen.chosen_ids() if known != run_id]
    chosen.choose([*ids, run_id] if st.session_state[f"choose-{run_id}"] else ids)


def draw_heads() -> str:
    """Return what the numbers of the lines are, as HTML; a narrow window has no room for it."""
    heads = [
        ("run", "run"), ("state", "state"), ("shortest", "done"), ("", "preset"), ("short", "time"), ("long", "losses"),
        ("short score", "best"), ("short size", "size"),
    ]  # fmt: skip
    cells = "".join(f'<span class="{kind}">{html.escape(t(f"compare.head_{name}"))}</span>' for kind, name in heads)
    return f'<div class="run-line table-head">{cells}</div>'


def draw_facts(run: ListedRun, ids: Sequence[str]) -> str:
    """Return how a run stands as HTML: its letter where it is chosen, state, progress, numbers and tags."""
    if run.status is None:
        badge = f'<span class="badge failed"><i>✕</i>{html.escape(t("status.broken"))}</span>'
        why = html.escape(explain_cause(run.cause, show=str) if run.cause else t("runs.broken", run=run.run_id))
        return f'<div class="run-line broken">{badge}<span>{html.escape(run.run_id)}: {why}</span></div>'
    status = run.status
    letter = chosen.draw_letter(ids.index(run.run_id)) if run.run_id in ids else ""
    share = t("compare.share", share=number(100 * status.step / status.steps, 0)) if status.steps else "–"
    loss = {name: number(status.losses[name], 2) if name in status.losses else "–" for name in ("d_loss", "g_loss")}
    facts = [
        ("shortest", share),
        ("", name_preset(status.preset)),
        ("short", duration(status.seconds) if status.seconds else "–"),
        ("long", f"D {loss['d_loss']} · G {loss['g_loss']}"),
        ("short size", t("compare.megabytes", size=number(status.bytes / 1e6, 0 if status.bytes >= 1e7 else 1))),
    ]
    drawn = [f'<span class="{kind}">{html.escape(words)}</span>' for kind, words in facts]
    cells = "".join([*drawn[:-1], _draw_best(status), drawn[-1]])
    tags = "".join(f'<em class="tag"><bdi>{html.escape(tag)}</bdi></em>' for tag in run.labels.tags)
    notes = f'<span class="notes"><bdi>{html.escape(run.labels.notes)}</bdi></span>' if run.labels.notes else ""
    line = f'<i class="place">{letter}</i>{draw_badge(status)}{cells}'
    words = f'<div class="words">{tags}{notes}</div>' if tags or notes else ""
    return f'<div class="run-line">{line}</div>{words}'


def _best_fcd(status: StatusRecord) -> Best | None:
    """The best checkpoint of a run, where it was judged by FCD."""
    best = read_best(status.best)
    return best if best is not None and best.metric == "fcd" else None


def _draw_best(status: StatusRecord) -> str:
    """The best FCD as HTML, its epoch in a tooltip; its name beside it where a narrow window shows no heads."""
    best = _best_fcd(status)
    words = t("compare.best_none") if best is None else t("compare.best_at", **describe_best(best))
    value = "–" if best is None else write_score(best.value)
    return f'<span class="short score" title="{html.escape(words)}"><i class="unit">FCD </i>{value}</span>'


def _turn_pages(page: int, count: int) -> None:
    if count <= PER_PAGE:
        return
    first, last = page * PER_PAGE + 1, min(count, (page + 1) * PER_PAGE)
    with st.container(horizontal=True, vertical_alignment="center", key="table-pages", gap="small"):
        for step, key in ((-1, "previous"), (1, "next")):
            st.button(
                t(f"compare.{key}"), key=f"table-{key}", type="tertiary", on_click=_turn, args=(page + step,),
                disabled=page + step < 0 or (page + step) * PER_PAGE >= count,
            )  # fmt: skip
        st.caption(t("compare.page", first=first, last=last, count=count))


def _turn(page: int) -> None:
    st.session_state["table.page"] = page
