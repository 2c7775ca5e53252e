// Package config is every setting of the server: read once, typed, validated all together, handed on as values.
//
// A setting comes from the first of these that has it: a command-line flag, the environment, the file .env in the working
// directory, the file named by --config (TOML, YAML or JSON, by its ending), the default. settings.go is the table of all
// of them, and .env.example and the README are held against it by a test.
//
// With nothing set the server is a development server on one machine: SQLite, files, the offline model, a generated
// secret kept in DATA_DIR. ENV=prod refuses to start on any of those; validate.go says which and what to set instead.
//
// It imports the standard library and viper, which has its only home here. Start at Config and Load.
package config
