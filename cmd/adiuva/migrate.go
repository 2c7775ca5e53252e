package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/config"
)

func newMigrate(settings loader) *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "Move the database's schema", Args: cobra.NoArgs}
	var yes bool
	down := migration(settings, "down", "Take the newest migration back, with the data it holds",
		func(ctx context.Context, cfg config.Config, db *assembly.Database) (string, error) {
			if cfg.Env == config.Prod && !yes {
				return "", errors.New("this deletes data; say --yes if you mean it (because ENV=prod)")
			}
			undone, err := db.Down(ctx)
			if undone {
				return "the newest migration is undone", err
			}
			return "there is no migration to undo", err
		})
	down.Flags().BoolVar(&yes, "yes", false, "delete the data that the newest migration holds (asked for in prod)")
	cmd.AddCommand(
		migration(settings, "up", "Apply every migration that is missing",
			func(ctx context.Context, _ config.Config, db *assembly.Database) (string, error) {
				return "the schema is current", db.Up(ctx)
			}),
		down,
		migration(settings, "status", "List the migrations and which are applied",
			func(ctx context.Context, _ config.Config, db *assembly.Database) (string, error) {
				return db.Status(ctx)
			}),
	)
	return cmd
}

// migration is a command that opens the database, does one thing and prints what came of it.
func migration(settings loader, use, short string, do func(context.Context, config.Config, *assembly.Database) (string, error)) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		cfg, err := settings()
		if err != nil {
			return err
		}
		db, closeDB, err := assembly.OpenDatabase(c.Context(), cfg)
		if err != nil {
			return err
		}
		defer closeDB()
		outcome, err := do(c.Context(), cfg, db)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), outcome)
		return err
	}}
}
