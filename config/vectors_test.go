package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheSearchIndexIsOneThatIsWhollyNamed(t *testing.T) {
	t.Parallel()
	for problem, settings := range map[string]map[string]string{
		"QDRANT_URL: must be set where QDRANT_API_KEY is": {"QDRANT_API_KEY": "key"},
		"PINECONE_API_KEY and PINECONE_INDEX go together": {"PINECONE_API_KEY": "key"},
		"go together: set both or neither":                {"PINECONE_INDEX": "adiuva"},
		"there is one search index":                       {"QDRANT_URL": "http://localhost:6334", "PINECONE_API_KEY": "key", "PINECONE_INDEX": "adiuva"},
		"QDRANT_URL: must be an http":                     {"QDRANT_URL": "localhost:6334"},
		"PINECONE_HOST: must be an http":                  {"PINECONE_HOST": "ftp://x"},
	} {
		_, err := load(t, settings)
		require.ErrorContains(t, err, problem)
	}
	c, err := load(t, map[string]string{})
	require.NoError(t, err)
	assert.True(t, c.Vectors.Embedded())
	for _, settings := range []map[string]string{{"QDRANT_URL": "http://localhost:6334"}, {"PINECONE_API_KEY": "key", "PINECONE_INDEX": "adiuva"}} {
		c, err := load(t, settings)
		require.NoError(t, err)
		assert.False(t, c.Vectors.Embedded())
	}
}
