package httpapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/adiuva/cloud/application/storage"
	"github.com/stretchr/testify/assert"
)

func TestAHeaderOnSeveralLinesIsOneList(t *testing.T) {
	t.Parallel()
	uc := useCases()
	given := make(chan storage.UpdateBlobInput, 2)
	uc.Storage.UpdateBlob = does[storage.UpdateBlobInput, storage.UpdateBlobOutput](func(_ context.Context, in storage.UpdateBlobInput) (storage.UpdateBlobOutput, error) {
		given <- in
		return storage.UpdateBlobOutput{}, nil
	})
	s := serve(t, uc)
	const sum = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" // of x
	asBytes := []string{asUser, "Content-Type: application/octet-stream", "X-Checksum: " + sum}
	resp, body := s.send(t, http.MethodPut, "/api/v1/storage/records/"+recordID, "x", append(asBytes, `If-Match: "1"`, `If-Match: "2", "3"`)...)
	assert.Equal(t, http.StatusOK, resp.StatusCode, body)
	assert.Equal(t, storage.UpdateBlobInput{UserID: userID, ID: recordID, Blob: []byte("x"), Checksum: sum, IfMatch: `"1", "2", "3"`}, <-given)

	resp, body = s.send(t, http.MethodPut, "/api/v1/storage/records/"+recordID, "x", append(asBytes, "X-Checksum: "+sum)...)
	assert.Equal(t, http.StatusUnprocessableEntity, resp.StatusCode, body)
	assert.Equal(t, "header.X-Checksum", problem(t, resp, body).Errors[0].Location, "one checksum is all that it can have")
	assert.Empty(t, given)
}
