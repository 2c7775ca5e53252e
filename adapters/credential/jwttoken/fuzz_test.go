package jwttoken_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/credential/jwttoken"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

func FuzzVerify(f *testing.F) {
	i, err := jwttoken.New(config("HS256"))
	require.NoError(f, err)
	secret := keys()["HS256"][0]
	good := goodForge(f, i, secret)
	token := good.token()
	f.Add(token)
	for _, mutate := range mutants(secret) {
		m := good
		m.header, m.payload = maps.Clone(good.header), maps.Clone(good.payload)
		mutate(&m)
		f.Add(m.token())
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := i.Verify(s, now)
		if err == nil {
			require.Equal(t, token, s, "nothing but what was signed is accepted")
			require.Equal(t, goodClaims(), got)
			return
		}
		require.Contains(t, []fault.Code{fault.Unauthenticated, fault.TokenExpired}, fault.CodeOf(err))
		require.Equal(t, ports.Claims{}, got)
	})
}

// FuzzSigned signs whatever header and payload it gets: so the checks behind the signature are reached.
func FuzzSigned(f *testing.F) {
	i, err := jwttoken.New(config("HS256"))
	require.NoError(f, err)
	secret := keys()["HS256"][0]
	good := goodForge(f, i, secret)
	header, err := json.Marshal(good.header)
	require.NoError(f, err)
	payload, err := json.Marshal(good.payload)
	require.NoError(f, err)
	f.Add(header, payload)
	f.Add([]byte("null"), []byte("null"))
	f.Add(header, []byte(`{"exp":1e300,"iat":-1e300,"aud":[[]],"sub":{}}`))
	f.Fuzz(func(t *testing.T, header, payload []byte) {
		text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
		got, err := i.Verify(sign(text, secret, sha256.New), now)
		if err != nil {
			require.Contains(t, []fault.Code{fault.Unauthenticated, fault.TokenExpired}, fault.CodeOf(err))
			return
		}
		require.Len(t, got.UserID, 36)
		require.Len(t, got.SessionID, 36)
		require.True(t, got.ExpiresAt.After(now.Add(-time.Minute)))
	})
}
