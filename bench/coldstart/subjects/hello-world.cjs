/** The least a function can be: what the platform and the framework cost. */
const { http } = require('@google-cloud/functions-framework');

http('onTick', (_request, response) => void response.sendStatus(204));
