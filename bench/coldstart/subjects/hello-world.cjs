/** The least a function can be: what the platform and the framework cost. */
const { cloudEvent } = require('@google-cloud/functions-framework');

cloudEvent('onTick', () => {});
