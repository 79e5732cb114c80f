import base64
import subprocess
import sys

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.app import Frame, find_forbidden, tick_seconds

STREAMLIT = "import time:       104 |        104 | streamlit\n"


def sent(time: float, fragment: str, by_timer: bool) -> Frame:
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_auto_rerun = by_timer
    return Frame(time, True, base64.b64encode(message.SerializeToString()).decode())


def received(time: float, message: ForwardMsg) -> Frame:
    return Frame(time, False, base64.b64encode(message.SerializeToString()).decode())


def fragment_done() -> ForwardMsg:
    return ForwardMsg(script_finished=ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


def page_done() -> ForwardMsg:
    return ForwardMsg(script_finished=ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY)


def test_a_tick_lasts_from_the_wish_to_the_done_that_follows() -> None:
    frames = [
        sent(1.0, "live", by_timer=True),
        received(1.02, fragment_done()),
        sent(3.0, "live", by_timer=True),
        received(3.01, page_done()),  # of something else
        received(3.05, fragment_done()),
        received(3.06, fragment_done()),  # nobody asked for it
        sent(5.0, "live", by_timer=True),  # not done yet
    ]
    assert tick_seconds(frames) == pytest.approx([0.02, 0.05])


def test_what_a_person_presses_is_no_tick() -> None:
    frames = [sent(1.0, "live", by_timer=False), sent(2.0, "", by_timer=True), received(2.5, fragment_done())]
    assert tick_seconds(frames) == []


def test_streamlits_own_time_counts_for_fragments_alone() -> None:
    message = ForwardMsg()
    message.page_profile.exec_time = 15_000  # microseconds
    assert received(1.0, message).profiled_tick() is None
    message.page_profile.is_fragment_run = True
    assert received(1.0, message).profiled_tick() == pytest.approx(0.015)
    assert sent(1.0, "live", by_timer=True).profiled_tick() is None


def test_modules_and_libraries_of_tensorflow_and_keras_are_found() -> None:
    log = STREAMLIT + (
        "import time:        50 |        150 |   keras.src.backend\n"
        "import time:        50 |        150 |     tensorflow\n"
        "import time:        50 |        150 |   kerasish\n"
        "a page said: keras\n"
    )
    maps = "7f00-7f01 r-xp 0 08:01 42 /site/tensorflow/libtensorflow_cc.so.2\n7f02-7f03 r-xp 0 08:01 43 /lib/z.so\n"
    assert find_forbidden(log, maps) == ["/site/tensorflow/libtensorflow_cc.so.2", "keras.src.backend", "tensorflow"]


def test_python_tells_its_imports_in_the_way_that_is_read() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "import streamlit.version, json.tool"]
    log = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True).stderr
    assert find_forbidden(log.replace("json.tool", "keras.tool"), "") == ["keras.tool"]


def test_a_log_without_imports_proves_nothing() -> None:
    with pytest.raises(RuntimeError, match="did not tell"):
        find_forbidden("nothing", "")
