package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/viper"
)

// Source says where settings may come from, beside the environment.
type Source struct {
	Flags  map[string]string // values given on the command line, by the name of the setting
	File   string            // --config: TOML, YAML or JSON by its ending; empty for none
	DotEnv string            // usually ".env"; missing is fine
}

// Load reads, types and validates all settings and reports every problem at once. It also makes the secret of a
// development server on its first start.
func Load(src Source) (Config, error) {
	v := viper.New()
	for _, s := range settings {
		v.SetDefault(s.Name, s.Default)
	}
	if src.File != "" {
		v.SetConfigFile(src.File)
		if err := v.ReadInConfig(); err != nil {
			return Config{}, fmt.Errorf("settings file: %w", err)
		}
	}
	if err := mergeDotEnv(v, src.DotEnv); err != nil {
		return Config{}, err
	}
	if err := unknownKeys(v); err != nil {
		return Config{}, err
	}
	v.AllowEmptyEnv(true)
	v.AutomaticEnv()
	for name, value := range src.Flags {
		v.Set(name, value)
	}
	c, err := parse(v.GetString)
	if err != nil {
		return Config{}, err
	}
	if err := c.validate(); err != nil {
		return Config{}, err
	}
	return ensureSecret(c)
}

// mergeDotEnv lays the values of a .env file over those of the settings file.
func mergeDotEnv(v *viper.Viper, path string) error {
	if path == "" {
		return nil
	}
	env := viper.New()
	env.SetConfigFile(path)
	env.SetConfigType("env")
	switch err := env.ReadInConfig(); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return errors.New(path + ": cannot be read as lines of NAME=value") // the cause would quote the line, and it may hold a secret
	}
	known := map[string]any{}
	for _, s := range settings {
		if env.InConfig(strings.ToLower(s.Name)) {
			known[s.Name] = env.GetString(s.Name)
		}
	}
	if err := v.MergeConfigMap(known); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// unknownKeys refuses what a settings file sets and nobody reads: it is most often a typing error.
func unknownKeys(v *viper.Viper) error {
	var problems []error
	for _, key := range v.AllKeys() {
		if !isSetting(key) {
			problems = append(problems, fmt.Errorf("%s: there is no such setting", strings.ToUpper(key)))
		}
	}
	return join(problems)
}

func isSetting(key string) bool {
	for _, s := range settings {
		if strings.EqualFold(s.Name, key) {
			return true
		}
	}
	return false
}

// parse fills a Config from values by name and reports every value that is not allowed, never repeating one.
func parse(value func(name string) string) (Config, error) {
	var c Config
	var problems []error
	for _, s := range settings {
		if err := s.set(&c, strings.TrimSpace(value(s.Name))); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return c, join(problems)
}

// join makes one error of all problems, a line each.
func join(problems []error) error {
	if len(problems) == 0 {
		return nil
	}
	lines := make([]string, 0, len(problems))
	for _, p := range problems {
		lines = append(lines, "  "+p.Error())
	}
	return errors.New("the settings are not usable:\n" + strings.Join(lines, "\n"))
}

// WorkingDotEnv is the .env file of the working directory.
func WorkingDotEnv() string {
	if _, err := os.Stat(".env"); err != nil {
		return ""
	}
	return ".env"
}
