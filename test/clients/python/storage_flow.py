"""Google's Python client of Cloud Storage, and gcsfs, against the emulator at the address that is the argument."""

import os
import sys
import tempfile

url = sys.argv[1]
os.environ["STORAGE_EMULATOR_HOST"] = url
os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"

from google.api_core.exceptions import BadRequest, NotFound, PreconditionFailed  # noqa: E402
from google.auth.credentials import AnonymousCredentials  # noqa: E402
from google.cloud import storage  # noqa: E402
from google.cloud.storage import transfer_manager  # noqa: E402


def refused(error, call):
    try:
        call()
    except error:
        return
    raise AssertionError(f"expected {error.__name__}")


client = storage.Client(project="p1", credentials=AnonymousCredentials())
bucket = client.create_bucket("python-models")
bucket.versioning_enabled = True
bucket.labels = {"team": "a"}
bucket.patch()

for name in ("a", "b"):
    bucket.blob(name).upload_from_string(name, checksum="crc32c")
both = bucket.blob("both")
both.compose([bucket.blob("a"), bucket.blob("b")])
assert both.download_as_bytes() == b"ab"
both.update_storage_class("NEARLINE")
assert both.storage_class == "NEARLINE"
print("ok compose with its nulls, another storage class")

blob = bucket.blob("a")
blob.reload()
blob.reload(if_etag_match=blob.etag)
refused(PreconditionFailed, lambda: blob.reload(if_etag_match="other"))
refused(PreconditionFailed, lambda: blob.upload_from_string("x", if_generation_match=0))
refused(NotFound, lambda: bucket.blob("none").download_as_bytes())
print("ok preconditions")

large = os.urandom(12 * 1024 * 1024)
with bucket.blob("large").open("wb", chunk_size=1024 * 1024) as writer:
    writer.write(large)
assert bucket.blob("large").download_as_bytes() == large
wrong = bucket.blob("wrong", chunk_size=256 * 1024)
wrong.crc32c = "AAAAAA=="
with tempfile.TemporaryFile() as file:
    file.write(large[: 512 * 1024])
    file.seek(0)
    refused(Exception, lambda: wrong.upload_from_file(file, checksum=None))
print("ok resumable uploads")

with tempfile.TemporaryDirectory() as folder:
    for name in ("x", "y"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(name.encode())
    with open(os.path.join(folder, "parts"), "wb") as file:
        file.write(large)
    results = transfer_manager.upload_many_from_filenames(
        bucket, ["x", "y"], source_directory=folder, blob_name_prefix="many/", worker_type="thread"
    )
    assert results == [None, None], results
    transfer_manager.upload_chunks_concurrently(
        os.path.join(folder, "parts"), bucket.blob("parts"), chunk_size=5 * 1024 * 1024, worker_type="thread"
    )
assert bucket.blob("parts").download_as_bytes() == large
print("ok transfer_manager")

names = ["foo/bar", "foo/baz", "foo/foobar", "foobar"]
for name in names:
    bucket.blob(name).upload_from_string("x")
for glob, expected in {
    "foo*bar": ["foobar"],
    "foo**bar": ["foo/bar", "foo/foobar", "foobar"],
    "**/foobar": ["foo/foobar", "foobar"],
    "*/ba[rz]": ["foo/bar", "foo/baz"],
    "*/ba[!a-y]": ["foo/baz"],
    "**/{foobar,baz}": ["foo/baz", "foo/foobar", "foobar"],
    "foo/{foo*,*baz}": ["foo/baz", "foo/foobar"],
}.items():
    assert [blob.name for blob in bucket.list_blobs(match_glob=glob)] == expected, glob
print("ok globs")

import gzip  # noqa: E402

packed = bucket.blob("packed")
packed.content_encoding = "gzip"
packed.upload_from_string(gzip.compress(b"hello"))
assert packed.download_as_bytes() == b"hello"
assert gzip.decompress(packed.download_as_bytes(raw_download=True)) == b"hello"
print("ok gzip")

import gcsfs  # noqa: E402

fs = gcsfs.GCSFileSystem(project="p1", token="anon", endpoint_url=url)
fs.pipe("python-models/fs/v1/model.onnx", large)
with fs.open("python-models/fs/v1/golden.jsonl", "wb") as file:
    file.write(b"{}\n")
assert fs.cat("python-models/fs/v1/model.onnx") == large
assert fs.ls("python-models/fs/v1") == [
    "python-models/fs/v1/golden.jsonl",
    "python-models/fs/v1/model.onnx",
]
fs.mv("python-models/fs/v1", "python-models/fs/v2", recursive=True)
assert len(fs.glob("python-models/fs/v2/*")) == 2
print("ok gcsfs")
