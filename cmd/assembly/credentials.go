package assembly

import (
	"time"

	"github.com/adiuva/cloud/adapters/credential/bcrypthash"
	"github.com/adiuva/cloud/adapters/credential/jwttoken"
	"github.com/adiuva/cloud/adapters/telemetry"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

// clockSkew is how far the clocks of two replicas may differ.
const clockSkew = 30 * time.Second

func provideHasher(cfg config.Config, m *telemetry.Metrics) (ports.Hasher, error) {
	h, err := bcrypthash.New(cfg.Hashing.Cost, cfg.Hashing.Parallel, cfg.Hashing.Wait)
	if err == nil {
		m.Hashing(h.Load)
	}
	return h, err
}

func provideTokenIssuer(cfg config.Config) (ports.TokenIssuer, error) {
	previous := make([]string, 0, len(cfg.Tokens.Previous))
	for _, s := range cfg.Tokens.Previous {
		previous = append(previous, s.Reveal())
	}
	return jwttoken.New(jwttoken.Config{
		Algorithm: cfg.Tokens.Algorithm, Key: cfg.Tokens.Secret.Reveal(), Previous: previous,
		Issuer: cfg.Tokens.Issuer, Audience: cfg.Tokens.Audience, Leeway: clockSkew,
	})
}
