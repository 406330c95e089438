"""Runs notebooks as late_outputs.py does, and presses the stop button where a cell prints "interrupt here"."""

import asyncio

from jupyter_client.utils import ensure_async
from late_outputs import LateOutputs


class Interrupting(LateOutputs):
    """Sends the kernel what Jupyter's stop button sends."""

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "stream" and "interrupt here" in msg["content"]["text"]:
            asyncio.ensure_future(ensure_async(self.km.interrupt_kernel()))
        return super().process_message(msg, cell, cell_index)
