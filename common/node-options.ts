/**
 * NODE_OPTIONS of the functions (terraform/modules/slipway/functions.tf, and the local stack as well): what a batch takes of
 * memory has a bound on any machine. What is read from Cloud Storage comes in buffers of 64 kB that go with the next
 * collection of the young generation: at 2 MB they stay few, at 16 MB they are 100 MB while a batch is read. What lives
 * longer is collected the later the larger the heap may grow.
 */
export const FUNCTION_NODE_OPTIONS = '--max-semi-space-size=2 --max-old-space-size=256';
