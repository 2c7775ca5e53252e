package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/adiuva/cloud/cmd/assembly"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of this binary", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "adiuva "+assembly.Version())
			return err
		},
	}
}
