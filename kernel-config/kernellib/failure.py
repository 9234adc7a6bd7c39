# SPDX-License-Identifier: Apache-2.0
"""What ends a command: a sentence that says what to do."""


class Failure(Exception):
    pass
