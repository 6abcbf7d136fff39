"""Raw logs of EVM chains as canonical tables, from files and from nodes.

Start at `decode_files`; `is_logs` says whether a file is one.
"""

from vermilion.intake.evm.chains import Chain, chain
from vermilion.intake.evm.files import Decoded, decode_files, decode_parts, is_logs

__all__ = ["Chain", "Decoded", "chain", "decode_files", "decode_parts", "is_logs"]
