package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func newHealthcheck(settings loader) *cobra.Command {
	return &cobra.Command{
		Use: "healthcheck", Short: "Exit 0 if the server on this machine is ready, 1 if not", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings()
			if err != nil {
				return err
			}
			cfg.HTTP.PublicURL = "" // this machine, not what the world sees
			req, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, baseURL(cfg, nil)+"/api/v1/health/ready", http.NoBody)
			if err != nil {
				return err
			}
			client := http.Client{Timeout: 5 * time.Second}
			res, err := client.Do(req)
			if err != nil {
				return fmt.Errorf("the server does not answer: %w", err)
			}
			defer func() { _ = res.Body.Close() }()
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("the server is not ready: %s", res.Status)
			}
			return nil
		},
	}
}
