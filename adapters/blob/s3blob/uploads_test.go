package s3blob_test

import (
	"bytes"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/test/services"
)

// onCompletion does m to the request that makes the parts an object.
func onCompletion(m meddler) meddler {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") && m(w, r)
	}
}

func TestACompletionWhoseAnswerIsLostOnceSucceeds(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int64{"declared": large, "of unknown size": checksum.Unknown} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := services.ObjectStore(t)
			p, b := behind(t, store)
			lost := false
			p.does(onCompletion(func(w http.ResponseWriter, r *http.Request) bool {
				if lost { // as servers say that forget an upload when it is complete
					return answers(http.StatusNotFound, "NoSuchUpload")(w, r)
				}
				lost = true
				return p.loses(w, r)
			}))
			require.NoError(t, b.Put(t.Context(), key, bytes.NewReader(content(large)), size, checksum.Of(content(large))))
			require.True(t, lost)
			got, err := read(t.Context(), b, key)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(content(large), got))
			assert.Equal(t, []string{key}, traces(t, store))
		})
	}
}

func TestAnUploadThatASweeperTookAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(m meddler) meddler{"at a part": onPart, "at its completion": onCompletion} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := services.ObjectStore(t)
			p, b := behind(t, store)
			var sweep sync.Once // the client may ask again for what failed
			p.does(at(func(_ http.ResponseWriter, r *http.Request) bool {
				sweep.Do(func() {
					id := r.URL.Query().Get("uploadId")
					_, err := store.Client().AbortMultipartUpload(r.Context(), &s3.AbortMultipartUploadInput{Bucket: &store.Bucket, Key: new(key), UploadId: &id})
					assert.NoError(t, err)
				})
				return false
			}))
			assertCode(t, fault.Unavailable, put(t.Context(), b, key, content(large)))
			assert.Empty(t, traces(t, store))
		})
	}
}
