import json
import struct

from ui.scene import encode_scene


def test_a_scene_is_its_headers_length_the_header_and_the_content() -> None:
    scene = encode_scene({"words": "ğ"}, b"\x00\x01\x02")
    (length,) = struct.unpack_from("<I", scene)
    assert length % 4 == 0
    assert json.loads(scene[4 : 4 + length]) == {"words": "ğ"}
    assert scene[4 + length :] == b"\x00\x01\x02"
