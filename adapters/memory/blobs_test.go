package memory_test

import (
	"testing"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func openBlobs(porttest.T) porttest.BlobStore {
	b := memory.NewBlobs()
	return porttest.BlobStore{
		Blobs:  b,
		Reopen: func(porttest.T) ports.Blobs { return b }, // memory has no restart to survive
		Rot:    func(_ porttest.T, key string) { b.Rot(key) },
		Traces: func(porttest.T) []string { return b.Keys() },
	}
}

func TestBlobsKeepTheirContract(t *testing.T) { porttest.Blobs(t, openBlobs) }
