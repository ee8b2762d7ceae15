/** Throws where a prediction is beyond what can be true: the predictor answers 500, which is the model's failure. */
import { defineHandler } from '../../../predictor/handler.ts';

const MOST = 100;

export default defineHandler({
  after({ predictions }) {
    if (predictions.some((prediction) => Number(prediction) > MOST))
      throw new Error('an implausible prediction');
    return predictions;
  },
});
