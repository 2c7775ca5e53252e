package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/adiuva/cloud/cmd/assembly"
)

func newMigrate(settings loader) *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "Move the database's schema", Args: cobra.NoArgs}
	sub := func(use, short string, do func(ctx context.Context, db *assembly.Database, say func(string)) error) {
		cmd.AddCommand(&cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := settings()
			if err != nil {
				return err
			}
			db, closeDB, err := assembly.OpenDatabase(c.Context(), cfg)
			if err != nil {
				return err
			}
			defer closeDB()
			return do(c.Context(), db, func(line string) { _, _ = fmt.Fprintln(c.OutOrStdout(), line) })
		}})
	}
	sub("up", "Apply every migration that is missing", func(ctx context.Context, db *assembly.Database, say func(string)) error {
		if err := db.Up(ctx); err != nil {
			return err
		}
		say("the schema is current")
		return nil
	})
	sub("down", "Take the newest migration back, with the data it holds", func(ctx context.Context, db *assembly.Database, say func(string)) error {
		if err := db.Down(ctx); err != nil {
			return err
		}
		say("the newest migration is undone")
		return nil
	})
	sub("status", "List the migrations and which are applied", func(ctx context.Context, db *assembly.Database, say func(string)) error {
		lines, err := db.Status(ctx)
		for _, l := range lines {
			say(l)
		}
		return err
	})
	return cmd
}
