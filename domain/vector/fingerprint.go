package vector

import "crypto/sha256"

// FingerprintDimension is the dimension of every fingerprint.
const FingerprintDimension = sha256.Size

// Fingerprint is the vector of a blob that came without an embedding: the 32 bytes of its SHA-256, as numbers around zero.
//
// It finds identical blobs and nothing else. A hash keeps nothing of what is alike, and two encryptions of one text
// share nothing to begin with: measured on real text, recall@10 is what chance gives. It is here because the app's first
// version sends no embeddings; a client that wants to search by meaning sends them, transformed by a key of its own.
func Fingerprint(blob []byte) Embedding {
	sum := sha256.Sum256(blob)
	numbers := make([]float64, len(sum))
	for i, b := range sum {
		numbers[i] = float64(b) - 127.5
	}
	return unit(numbers, 127.5)
}
