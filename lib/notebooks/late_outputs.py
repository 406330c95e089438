"""Runs notebooks as nbconvert does, and waits for what Deno's kernel still sends after it has said that it is idle."""

from queue import Empty

from nbclient.exceptions import CellExecutionComplete
from nbconvert.preprocessors import ExecutePreprocessor


class LateOutputs(ExecutePreprocessor):
    """Executes cells; a cell's output ends when nothing has come for a while after the kernel was idle."""

    quiet_seconds = 0.3

    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        await super()._async_poll_output_msg(parent_msg_id, cell, cell_index)
        while True:
            try:
                message = await self.kc.iopub_channel.get_msg(timeout=self.quiet_seconds)
            except Empty:
                return
            if message["parent_header"].get("msg_id") == parent_msg_id:
                try:
                    self.process_message(message, cell, cell_index)
                except CellExecutionComplete:
                    pass
