"""The recipes that a run can begin from.

Owns what each one changes of the config's defaults, as data. Leaves what the fields mean and allow to `config`.
"""

from collections.abc import Mapping
from typing import Any, Literal

PresetName = Literal["notebook", "tutorial", "stable"]

DEFAULT_PRESET: PresetName = "stable"

_NOTEBOOK_OPTIMIZER = {"name": "rmsprop", "learning_rate": 1e-3}
_TUTORIAL_OPTIMIZER = {"name": "adam", "learning_rate": 1e-4, "beta_1": 0.9}

PRESETS: Mapping[PresetName, Mapping[str, Mapping[str, Any]]] = {
    # The seed notebook, faithfully; every value is its own, or Keras's default where it gives none.
    "notebook": {
        "generator": {"block_order": "activation-first", "activation": "selu"},
        "g_optimizer": _NOTEBOOK_OPTIMIZER,
        "d_optimizer": _NOTEBOOK_OPTIMIZER,
        "training": {"batch_size": 32, "joined_batch": True, "frozen_fakes": True},
        "saving": {"inverted": True},
    },
    # After TensorFlow's DCGAN tutorial, which has no bias at the end and shows both networks the same fakes.
    "tutorial": {
        "generator": {"stem_blocks": 1, "activation": "leaky_relu"},
        "discriminator": {"leaky_slope": 0.3},
        "g_optimizer": _TUTORIAL_OPTIMIZER,
        "d_optimizer": _TUTORIAL_OPTIMIZER,
        "training": {"batch_size": 256, "epochs": 50},
    },
    # No batch norm in D, 4 × 4 kernels against checkerboards, Adam 2e-4/0.5, an averaged generator.
    "stable": {
        "generator": {"kernel_size": 4},
        "discriminator": {"kernel_size": 4},
        "training": {"epochs": 12, "ema_decay": 0.999},
    },
}
