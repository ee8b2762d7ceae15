import com.google.cloud.NoCredentials;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Bucket;
import com.google.cloud.storage.BucketInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageException;
import com.google.cloud.storage.StorageOptions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/** Google's Java client of Cloud Storage, which zips every body and patches by POST, against the emulator. */
public final class StorageFlow {
  public static void main(String[] arguments) throws Exception {
    Storage storage =
        StorageOptions.newBuilder()
            .setHost(arguments[0])
            .setProjectId("p1")
            .setCredentials(NoCredentials.getInstance())
            .build()
            .getService();
    Bucket bucket = storage.create(BucketInfo.newBuilder("java-models").setVersioningEnabled(true).build());
    bucket.toBuilder().setLabels(Map.of("team", "a")).build().update();
    expect("a".equals(storage.get("java-models").getLabels().get("team")), "a patch of the bucket");
    System.out.println("ok zipped bodies and patches");

    BlobId small = BlobId.of("java-models", "churn/v1/golden.jsonl");
    storage.create(BlobInfo.newBuilder(small).setContentType("application/json").build(), "{}\n".getBytes());
    expect("{}\n".equals(new String(storage.readAllBytes(small))), "a small object");
    byte[] content = new byte[3 * 1024 * 1024 + 5];
    new Random(1).nextBytes(content);
    BlobId large = BlobId.of("java-models", "churn/v1/model.onnx");
    try (var writer = storage.writer(BlobInfo.newBuilder(large).build())) {
      writer.setChunkSize(256 * 1024);
      writer.write(ByteBuffer.wrap(content));
    }
    expect(Arrays.equals(content, storage.readAllBytes(large)), "an upload in chunks");
    Blob patched = storage.get(large).toBuilder().setMetadata(Map.of("from", "java")).build().update();
    expect(patched.getMetageneration() == 2, "a patch of an object");
    System.out.println("ok uploads, downloads and patches");

    try {
      storage.create(BlobInfo.newBuilder(small).build(), new byte[0], Storage.BlobTargetOption.doesNotExist());
      throw new AssertionError("a precondition did not hold");
    } catch (StorageException refusal) {
      expect(refusal.getCode() == 412, "a precondition: " + refusal.getMessage());
    }
    Blob composed =
        storage.compose(
            Storage.ComposeRequest.newBuilder()
                .addSource("churn/v1/golden.jsonl", "churn/v1/golden.jsonl")
                .setTarget(BlobInfo.newBuilder("java-models", "both").build())
                .build());
    expect("{}\n{}\n".equals(new String(composed.getContent())), "a composition");
    Blob copied =
        storage
            .copy(Storage.CopyRequest.of(composed.getBlobId(), BlobId.of("java-models", "copy")))
            .getResult();
    expect(copied.getSize() == 6L, "a copy");
    long listed = storage.list("java-models", Storage.BlobListOption.prefix("churn/")).streamAll().count();
    expect(listed == 2, "a listing of " + listed);
    expect(storage.delete(copied.getBlobId()), "a deletion");
    System.out.println("ok preconditions, compositions, copies, listings");
  }

  private static void expect(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }
}
