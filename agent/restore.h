/* SPDX-License-Identifier: Apache-2.0 */
/* What tells the guest by itself that it was restored from a snapshot. */
#pragma once

/* This guest's address on the vsock; a VM made of a snapshot often has another. 0: there is none. */
unsigned int restore_cid(void);
