package assembly

import (
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/adapters/vector/flatvector"
	"github.com/adiuva/cloud/adapters/vector/pineconevector"
	"github.com/adiuva/cloud/adapters/vector/qdrantvector"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

// provideVectors chooses Qdrant if it has a URL, Pinecone if there is a key, memory where rows are in memory, else the embedded index in DATA_DIR.
func provideVectors(cfg config.Config) (ports.VectorIndex, func(), error) {
	switch v := cfg.Vectors; {
	case v.QdrantURL != "":
		return qdrantIndex(v)
	case v.PineconeKey != "":
		return pineconeIndex(v)
	}
	if cfg.Rows.Kind() == "memory" {
		return memory.NewVectorIndex(), func() {}, nil
	}
	x, err := flatvector.Open(cfg.VectorDir(), 0)
	if err != nil {
		return nil, nil, err
	}
	return x, func() { _ = x.Close() }, nil
}

func qdrantIndex(v config.Vectors) (ports.VectorIndex, func(), error) {
	x, closeIndex, err := qdrantvector.Open(qdrantvector.Config{URL: v.QdrantURL, APIKey: v.QdrantKey.Reveal()})
	if err != nil { // and no pointer to nothing in the interface
		return nil, nil, err
	}
	return x, closeIndex, nil
}

func pineconeIndex(v config.Vectors) (ports.VectorIndex, func(), error) {
	x, closeIndex, err := pineconevector.Open(pineconevector.Config{APIKey: v.PineconeKey.Reveal(), Index: v.PineconeIndex, Host: v.PineconeHost})
	if err != nil {
		return nil, nil, err
	}
	return x, closeIndex, nil
}

// vectorsIn says in people's words what provideVectors chooses.
func vectorsIn(cfg config.Config) string {
	switch {
	case cfg.Vectors.QdrantURL != "":
		return "Qdrant"
	case cfg.Vectors.PineconeKey != "":
		return "Pinecone index " + cfg.Vectors.PineconeIndex
	case cfg.Rows.Kind() == "memory":
		return "memory (nothing is kept)"
	default:
		return "files"
	}
}
