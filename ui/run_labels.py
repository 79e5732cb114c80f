"""Naming, tagging, starring and deleting runs: the owner's words as widgets, and the way back from a deletion.

Owns the dialog, what this session has deleted, and the sentence where something was refused. Whether somebody may do
this is for the manager to say.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from dcgan.runs.errors import RunError
from dcgan.runs.labels import NAME_LENGTH, NOTES_LENGTH, TAGS, LabelChanges, Labels
from ui import chosen, state
from ui.problems import explain_error
from ui.text import plain, t

SHOWN_DELETIONS = 3  # lines that offer the way back; older ones make room

_EDITED, _DELETED, _REFUSED = "labels.edited", "labels.deleted", "labels.refused"


class Deletion(NamedTuple):
    """What this session has deleted: where the run stood in its list, and whether it was chosen for comparison."""

    run_id: str
    name: str
    place: int
    was_chosen: bool


def star(run_id: str, starred: bool) -> None:
    """Give or take a star."""
    _try(lambda: state.desk().relabel(run_id, star=starred))


def delete(run_id: str, name: str, place: int) -> None:
    """Delete a run, and remember where it stood so that the way back stands there."""
    if _try(lambda: state.desk().delete(run_id)):
        ids = chosen.chosen_ids()
        was_chosen = run_id in ids
        chosen.leave(run_id)
        st.session_state[_DELETED] = [Deletion(run_id, name, place, was_chosen), *list_deleted()][:SHOWN_DELETIONS]


def list_deleted() -> list[Deletion]:
    """Return what this session has deleted last and can bring back, newest first."""
    return [Deletion(*known) for known in st.session_state.get(_DELETED, [])]


def show_deleted(deletion: Deletion) -> None:
    """Draw a line in a deleted run's place, with the way back."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"deleted-{deletion.run_id}", gap="small"):
        st.markdown(t("compare.deleted", name=plain(deletion.name)))
        st.button(
            t("compare.undo"), key=f"undo-{deletion.run_id}", icon=":material/undo:", help=t("compare.undo_help"),
            on_click=_undo, args=(deletion,),
        )  # fmt: skip


def _undo(deletion: Deletion) -> None:
    run_id = deletion.run_id
    if _try(lambda: state.desk().restore(run_id)) and deletion.was_chosen:
        chosen.choose([*chosen.chosen_ids(), run_id])
    st.session_state[_DELETED] = [known for known in list_deleted() if known.run_id != run_id]


def show_refusal() -> None:
    """Say, once, what could not be done."""
    if sentence := st.session_state.pop(_REFUSED, None):
        st.warning(t("error.refused", detail=sentence))


def _try(act: Callable[[], object]) -> bool:
    try:
        act()
    except (OSError, ValueError) as error:
        st.session_state[_REFUSED] = explain_error(error)
        return False
    return True


def edit(run_id: str, tags: Sequence[str]) -> None:
    """Open the dialog for a run's words; `tags` are those in use, to choose from."""
    try:
        labels = state.desk().get(run_id).labels()
    except RunError as error:
        st.session_state[_REFUSED] = explain_error(error)
        return
    st.session_state[_EDITED] = labels.model_dump()
    st.dialog(t("compare.edit"))(_dialog)(run_id, tags)


def _dialog(run_id: str, tags: Sequence[str]) -> None:
    before = Labels.model_validate(st.session_state[_EDITED])  # what stood there when the dialog opened
    with st.form(f"labels-{run_id}", border=False):
        name = st.text_input(
            t("compare.name"), before.name, max_chars=NAME_LENGTH, placeholder=t("compare.name_empty"),
            key=f"name-{run_id}",
        )  # fmt: skip
        known = list(dict.fromkeys([*before.tags, *tags]))
        chosen_tags = st.multiselect(
            t("compare.tags"), known, before.tags, accept_new_options=True, max_selections=TAGS, key=f"tags-{run_id}",
            placeholder=t("compare.tags_empty"),
        )  # fmt: skip
        notes = st.text_area(
            t("compare.notes"), before.notes, max_chars=NOTES_LENGTH, height=160, key=f"notes-{run_id}"
        )
        saved = st.form_submit_button(t("compare.save"), type="primary")
    if saved:
        try:
            state.desk().relabel(run_id, **list_changes(before, name, chosen_tags, notes))
        except (OSError, ValueError) as error:
            st.error(t("error.refused", detail=explain_error(error)))
            return
        st.rerun()


def list_changes(before: Labels, name: str, tags: Sequence[str], notes: str) -> LabelChanges:
    """Return only what was changed, so that what another has written meanwhile stays."""
    changes: LabelChanges = {}
    if name != before.name:
        changes["name"] = name
    if tuple(tags) != before.tags:
        changes["tags"] = tags
    if notes != before.notes:
        changes["notes"] = notes
    return changes
