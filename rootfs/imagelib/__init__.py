# SPDX-License-Identifier: Apache-2.0
"""What rootfs/image is made of: a tree of files that exists on paper only, where it comes from, and what it is written to."""
