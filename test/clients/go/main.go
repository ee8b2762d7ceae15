// Command clients drives Google's Go clients against the emulator: Cloud Storage with its default reader, uploads
// in chunks, listings, compositions and preconditions; Pub/Sub with a publisher and a streaming pull. It prints one
// line for each step and ends with 1 at the first that goes wrong.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{{"storage", storageSteps}, {"pubsub", pubsubSteps}} {
		if err := step.run(ctx); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", step.name, err)
			os.Exit(1)
		}
	}
}

func did(what string) { fmt.Println("ok", what) }

func storageSteps(ctx context.Context) error {
	client, err := storage.NewClient(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	bucket := client.Bucket("go-models")
	if err := bucket.Create(ctx, "p1", &storage.BucketAttrs{VersioningEnabled: true}); err != nil {
		return fmt.Errorf("create bucket: %w", err)
	}
	if _, err := bucket.Update(ctx, storage.BucketAttrsToUpdate{StorageClass: "STANDARD"}); err != nil {
		return fmt.Errorf("update bucket: %w", err)
	}

	content := make([]byte, 1<<20+17)
	if _, err := rand.Read(content); err != nil {
		return err
	}
	if err := write(ctx, bucket.Object("churn/v1/model.onnx"), content, 256<<10); err != nil {
		return fmt.Errorf("write in chunks: %w", err)
	}
	did("a writer of five chunks")
	if err := expectContent(ctx, bucket.Object("churn/v1/model.onnx"), content); err != nil {
		return err
	}
	did("the default reader")
	reader, err := bucket.Object("churn/v1/model.onnx").NewRangeReader(ctx, 3, 10)
	if err != nil {
		return fmt.Errorf("range: %w", err)
	}
	part, err := io.ReadAll(reader)
	if err != nil || !bytes.Equal(part, content[3:13]) {
		return fmt.Errorf("range: got %d bytes, %v", len(part), err)
	}
	if err := reader.Close(); err != nil {
		return err
	}
	did("a range")
	if _, err := bucket.Object("none").NewReader(ctx); !errors.Is(err, storage.ErrObjectNotExist) {
		return fmt.Errorf("an object that is not there: %v", err)
	}
	if _, err := client.Bucket("no-bucket-of-ours").Object("none").NewReader(ctx); err == nil {
		return errors.New("a bucket that is not there was read")
	}
	did("what is not there")

	attrs, err := bucket.Object("churn/v1/model.onnx").Attrs(ctx)
	if err != nil {
		return err
	}
	if err := write(ctx, bucket.Object("churn/v1/model.onnx"), []byte("newer"), 0); err != nil {
		return fmt.Errorf("write in one request: %w", err)
	}
	if err := expectContent(ctx, bucket.Object("churn/v1/model.onnx").Generation(attrs.Generation), content); err != nil {
		return fmt.Errorf("an older generation: %w", err)
	}
	did("an older generation")
	err = write(ctx, bucket.Object("churn/v1/model.onnx").If(storage.Conditions{DoesNotExist: true}), []byte("x"), 0)
	var refused *googleapi.Error
	if !errors.As(err, &refused) || refused.Code != 412 {
		return fmt.Errorf("a precondition: %v", err)
	}
	stale := bucket.Object("churn/v1/model.onnx").If(storage.Conditions{GenerationMatch: attrs.Generation})
	if _, err := stale.NewReader(ctx); err == nil {
		return errors.New("a stale generation was read")
	}
	did("preconditions")

	for _, name := range []string{"churn/v2/model.onnx", "churn/v2/golden.jsonl", "other/v1/model.onnx"} {
		if err := write(ctx, bucket.Object(name), []byte(name), 0); err != nil {
			return err
		}
	}
	names, err := list(ctx, bucket, &storage.Query{Prefix: "churn/"})
	if err != nil || len(names) != 3 {
		return fmt.Errorf("list: %v, %v", names, err)
	}
	names, err = list(ctx, bucket, &storage.Query{MatchGlob: "churn/*/model.onnx"})
	if err != nil || len(names) != 2 {
		return fmt.Errorf("list by glob: %v, %v", names, err)
	}
	names, err = list(ctx, bucket, &storage.Query{Delimiter: "/"})
	if err != nil || len(names) != 2 {
		return fmt.Errorf("list by delimiter: %v, %v", names, err)
	}
	did("listings")

	composer := bucket.Object("both").ComposerFrom(bucket.Object("churn/v2/model.onnx"), bucket.Object("churn/v2/golden.jsonl"))
	if _, err := composer.Run(ctx); err != nil {
		return fmt.Errorf("compose: %w", err)
	}
	if err := expectContent(ctx, bucket.Object("both"), []byte("churn/v2/model.onnxchurn/v2/golden.jsonl")); err != nil {
		return err
	}
	copier := bucket.Object("copy").CopierFrom(bucket.Object("both"))
	copier.StorageClass = "NEARLINE"
	if copied, err := copier.Run(ctx); err != nil || copied.StorageClass != "NEARLINE" {
		return fmt.Errorf("copy: %v, %v", copied, err)
	}
	if _, err := bucket.Object("copy").Update(ctx, storage.ObjectAttrsToUpdate{ContentType: "text/plain"}); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if err := bucket.Object("copy").Delete(ctx); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	did("compose, copy to another class, update, delete")
	return nil
}

func write(ctx context.Context, object *storage.ObjectHandle, content []byte, chunk int) error {
	writer := object.NewWriter(ctx)
	writer.ChunkSize = chunk
	if _, err := writer.Write(content); err != nil {
		return err
	}
	return writer.Close()
}

func expectContent(ctx context.Context, object *storage.ObjectHandle, content []byte) error {
	reader, err := object.NewReader(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", object.ObjectName(), err)
	}
	defer reader.Close()
	got, err := io.ReadAll(reader)
	if err != nil {
		return fmt.Errorf("read %s: %w", object.ObjectName(), err)
	}
	if !bytes.Equal(got, content) {
		return fmt.Errorf("read %s: expected %d bytes, got %d", object.ObjectName(), len(content), len(got))
	}
	return nil
}

func list(ctx context.Context, bucket *storage.BucketHandle, query *storage.Query) ([]string, error) {
	var names []string
	for objects := bucket.Objects(ctx, query); ; {
		attrs, err := objects.Next()
		if errors.Is(err, iterator.Done) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		names = append(names, attrs.Name+attrs.Prefix)
	}
}

func pubsubSteps(ctx context.Context) error {
	client, err := pubsub.NewClient(ctx, "p1")
	if err != nil {
		return err
	}
	defer client.Close()
	topic, subscription := "projects/p1/topics/go-news", "projects/p1/subscriptions/go-reader"
	if _, err := client.TopicAdminClient.CreateTopic(ctx, &pb.Topic{Name: topic}); err != nil {
		return fmt.Errorf("create topic: %w", err)
	}
	made, err := client.SubscriptionAdminClient.CreateSubscription(ctx, &pb.Subscription{Name: subscription, Topic: topic})
	if err != nil {
		return fmt.Errorf("create subscription: %w", err)
	}
	if made.State != pb.Subscription_ACTIVE {
		return fmt.Errorf("a subscription is %s", made.State)
	}
	publisher := client.Publisher(topic)
	const count = 50
	for index := range count {
		publisher.Publish(ctx, &pubsub.Message{Data: fmt.Appendf(nil, "%d", index)})
	}
	publisher.Stop()
	receiving, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan string, count)
	go func() {
		unique := map[string]bool{}
		for data := range seen {
			unique[data] = true
			if len(unique) == count {
				stop()
			}
		}
	}()
	err = client.Subscriber(subscription).Receive(receiving, func(_ context.Context, message *pubsub.Message) {
		message.Ack()
		seen <- string(message.Data)
	})
	close(seen)
	if err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	if ctx.Err() != nil {
		return errors.New("receive: not all messages came in time")
	}
	did("publish and receive")
	return nil
}
