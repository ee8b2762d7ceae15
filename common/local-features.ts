/** What the local stack, the functions in it and `slipway --local` agree on about features. */

/** Of the environment: names the bucket with SQLite files for what is another store on Google Cloud. */
export const LOCAL_FEATURES_VARIABLE = 'SLIPWAY_LOCAL_FEATURES';
export const LOCAL_FEATURES_BUCKET = 'slipway-local-features';
