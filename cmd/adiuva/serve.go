package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/config"
)

func newServe(settings loader) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the API until SIGTERM or SIGINT", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), cfg, cmd.OutOrStdout())
		},
	}
}

// serve runs until ctx ends, then drains: readiness turns 503, new work is refused, running requests get the drain time,
// jobs stop, and only then are the stores closed.
func serve(ctx context.Context, cfg config.Config, out io.Writer) error {
	sys, closeAll, err := assembly.New(ctx, cfg, assembly.Overrides{Log: os.Stderr})
	if err != nil {
		return err
	}
	defer closeAll()
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(cfg.HTTP.Host, strconv.Itoa(cfg.HTTP.Port)))
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	metrics, err := sys.ListenForMetrics(ctx)
	if err != nil {
		_ = ln.Close()
		return err
	}
	greet(out, cfg, sys, ln.Addr(), metrics)
	return sys.Run(ctx, ln)
}

// greet tells a person where to go next.
func greet(out io.Writer, cfg config.Config, sys *assembly.System, addr net.Addr, metrics string) {
	base := baseURL(cfg, addr)
	lines := []string{
		"Adiuva Cloud API " + assembly.Version(),
		"",
		"  API      " + base + "/api/v1",
		"  Docs     " + base + "/docs",
		"  Health   " + base + "/api/v1/health/ready",
	}
	if metrics != "" {
		lines = append(lines, "  Metrics  "+metrics)
	}
	for _, choice := range sys.Choices {
		lines = append(lines, fmt.Sprintf("  %-8s %s", choice.Part, choice.Adapter))
	}
	if cfg.Env == config.Dev {
		lines = append(lines, "", "Next, in another terminal: bin/adiuva demo"+demoFlags(cfg, addr), "Stop with Ctrl-C.")
	}
	_, _ = fmt.Fprintln(out, strings.Join(lines, "\n")+"\n")
}

// baseURL is how clients reach the server.
func baseURL(cfg config.Config, addr net.Addr) string {
	if cfg.HTTP.PublicURL != "" {
		return cfg.HTTP.PublicURL
	}
	port := cfg.HTTP.Port
	if tcp, ok := addr.(*net.TCPAddr); ok {
		port = tcp.Port
	}
	host := "localhost"
	if cfg.HTTP.Host != "" && cfg.HTTP.Host != "0.0.0.0" && cfg.HTTP.Host != "::" {
		host = cfg.HTTP.Host
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}

// demoFlags are what the demo needs to find this server when it is not at its default place.
func demoFlags(cfg config.Config, addr net.Addr) string {
	flags := ""
	if url := baseURL(cfg, addr); url != "http://localhost:8000" {
		flags += " --url " + url
	}
	if cfg.DataDir != "./data" {
		flags += " --data-dir " + cfg.DataDir
	}
	return flags
}
