"""Where bank statements come from: a port, and a watched folder as its first adapter.

FinTS and EBICS clients of a bank or a third party drop their files into a folder; that is the way that was run here. An adapter that
speaks to a bank itself implements `StatementSource` and is drained by the same `commands.collect.collect`.
"""

from kulanz.payments.sources.folder import FolderSource
from kulanz.payments.sources.port import Fetched, StatementSource

__all__ = ["Fetched", "FolderSource", "StatementSource"]
