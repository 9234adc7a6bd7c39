/* SPDX-License-Identifier: Apache-2.0 */
/* links: */
/* The smallest program there is: what remains when it is run is the cost of running. */
int main(void)
{
	return 0;
}
