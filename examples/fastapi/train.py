"""Trains a model and writes it as joblib, with rows and the model's own answers to them: train.py FOLDER"""

import json
import sys
from pathlib import Path

import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rows, labels = load_breast_cancer(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows[:400], labels[:400])
held_out = rows[400:420].tolist()
golden = zip(held_out, model.predict_proba(held_out)[:, 1].tolist(), strict=True)
with open(folder / "golden.jsonl", "w", encoding="utf-8") as file:
    for instance, prediction in golden:
        file.write(json.dumps({"instance": instance, "prediction": prediction}) + "\n")
joblib.dump(model, folder / "model.joblib")
print(f"accuracy {model.score(rows[400:], labels[400:]):.4f}")
