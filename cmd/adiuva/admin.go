package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/cmd/assembly"
)

func newAdmin(settings loader) *cobra.Command {
	cmd := &cobra.Command{Use: "admin", Short: "Change accounts, beside a running server", Args: cobra.NoArgs}
	cmd.AddCommand(
		&cobra.Command{Use: "set-tier EMAIL TIER", Short: "Give an account a tier: free, pro, power or team", Args: cobra.ExactArgs(2),
			RunE: func(c *cobra.Command, args []string) error {
				return administer(c, settings, func(sys *assembly.System) error {
					_, err := sys.Admin.SetTier.Execute(c.Context(), accounts.SetTierInput{Email: args[0], Tier: args[1]})
					return err
				}, args[0]+" has the tier "+args[1])
			}},
		&cobra.Command{Use: "set-role EMAIL ROLE", Short: "Give an account a role: user, reviewer or operator", Args: cobra.ExactArgs(2),
			RunE: func(c *cobra.Command, args []string) error {
				return administer(c, settings, func(sys *assembly.System) error {
					_, err := sys.Admin.SetRole.Execute(c.Context(), accounts.SetRoleInput{Email: args[0], Role: args[1]})
					return err
				}, args[0]+" has the role "+args[1])
			}},
	)
	return cmd
}

// administer runs one use case on the same stores as the server and says what it did.
func administer(c *cobra.Command, settings loader, do func(*assembly.System) error, done string) error {
	cfg, err := settings()
	if err != nil {
		return err
	}
	if path, isFile := strings.CutPrefix(cfg.Database(), "sqlite://"); isFile {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // a new one would only be the wrong one
			return fmt.Errorf("there is no database at %s: set DATA_DIR or DATABASE_URL as the server has them", path)
		}
	}
	sys, closeAll, err := assembly.New(c.Context(), cfg, assembly.Overrides{Log: os.Stderr})
	if err != nil {
		return err
	}
	defer closeAll()
	if err := do(sys); err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), done)
	return err
}
