package assembly

import (
	"context"

	"github.com/adiuva/cloud/adapters/blob/fileblob"
	"github.com/adiuva/cloud/adapters/blob/s3blob"
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

// objects are the object store and its probe.
type objects struct {
	Blobs ports.Blobs
	Probe objectsProbe
}

// objectsProbe tells the object store's probe from the others.
type objectsProbe struct{ ports.Probe }

// provideObjects chooses S3 if a bucket is named, memory where rows are in memory, else files in DATA_DIR.
func provideObjects(ctx context.Context, cfg config.Config) (objects, func(), error) {
	switch o := cfg.Objects; {
	case o.Bucket != "":
		b, err := s3blob.Open(ctx, s3blob.Config{
			Bucket: o.Bucket, Region: o.Region, Endpoint: o.Endpoint, AccessKey: o.AccessKey, SecretKey: o.SecretKey.Reveal(),
		})
		if err != nil {
			return objects{}, nil, err
		}
		return objects{b, objectsProbe{b}}, func() {}, nil
	case cfg.Rows.Kind() == "memory":
		return objects{memory.NewBlobs(), objectsProbe{memory.NewProbe("objects")}}, func() {}, nil
	default:
		b, err := fileblob.Open(cfg.ObjectDir())
		if err != nil {
			return objects{}, nil, err
		}
		return objects{b, objectsProbe{b}}, func() { _ = b.Close() }, nil
	}
}
