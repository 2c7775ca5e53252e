// Command adiuva is the whole product in one binary: the server, and the commands that work beside it on the same
// settings.
//
// It imports cmd/assembly, which puts the house together, and talks to a running server in the contract's own types.
// Start at newRoot.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // users' time zones, also where the machine has none

	"github.com/spf13/cobra"

	"github.com/adiuva/cloud/config"
)

func main() { os.Exit(run(os.Args[1:])) }

// run is the one way out: 0 when all went well, 1 with a line on standard error when not.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "adiuva: "+err.Error())
		return 1
	}
	return 0
}

// newRoot is the command line: one command a file.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "adiuva",
		Short: "Adiuva Cloud API: orchestration, accounts and encrypted storage for the Adiuva app",
		Long: "Adiuva Cloud API: orchestration, accounts and encrypted storage for the Adiuva app.\n\n" +
			"Every command shares the settings of the server: flags, the environment, .env, --config, defaults, in this order.\n" +
			"Every setting in .env.example that is not a secret is a flag too: S3_BUCKET is --s3-bucket.",
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs,
	}
	settings := settingFlags(root)
	root.AddCommand(newServe(settings), newMigrate(settings), newAdmin(settings), newDemo(settings), newHealthcheck(settings), newVersion())
	return root
}

// loader reads the settings that a command was started with.
type loader func() (config.Config, error)

// shown are the settings whose flags stand in --help; the others work and are listed in .env.example.
var shown = []string{"ENV", "HOST", "PORT", "DATA_DIR", "LOG_LEVEL", "LOG_FORMAT"}

func settingFlags(root *cobra.Command) loader {
	flags := root.PersistentFlags()
	file := flags.String("config", "", "settings file (TOML, YAML or JSON)")
	for _, s := range config.Settings() {
		if s.Secret {
			continue // a secret on a command line is in every process listing
		}
		flags.String(flagName(s.Name), s.Default, s.Doc)
		if !slices.Contains(shown, s.Name) {
			_ = flags.MarkHidden(flagName(s.Name)) // fails for a flag that is not there, and it is
		}
	}
	return func() (config.Config, error) {
		given := map[string]string{}
		for _, s := range config.Settings() {
			if f := flags.Lookup(flagName(s.Name)); f != nil && f.Changed {
				given[s.Name] = f.Value.String()
			}
		}
		return config.Load(config.Source{Flags: given, File: *file, DotEnv: config.WorkingDotEnv()})
	}
}

func flagName(setting string) string { return strings.ReplaceAll(strings.ToLower(setting), "_", "-") }
