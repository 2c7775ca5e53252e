// Package prompts holds what the models are told. Each prompt is one file in templates, those of the steps of plans in
// templates/steps, embedded in the binary and read once at start; no prompt ever leaves the server.
//
// It imports the standard library only. Start at Load.
package prompts

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"strings"
	"text/template"
)

//go:embed templates/*.md templates/steps/*.md
var files embed.FS

// The prompts that are not an agent's. An agent's has the agent's name.
const (
	Classifier = "classifier"
	Synthesis  = "synthesis"
)

// parts are what prompts share, agents and steps each their own; they are no prompts themselves.
var parts = []string{"rules", "step_rules"}

// Library is every prompt by its id, the file's name without its ending, whatever its folder.
type Library struct {
	texts map[string]string
}

// Load reads and renders all prompts. An error means that the binary was built from a broken file.
func Load() (*Library, error) {
	t, err := template.New("").Option("missingkey=error").ParseFS(files, "templates/*.md", "templates/steps/*.md")
	if err != nil {
		return nil, fmt.Errorf("read prompts: %w", err)
	}
	l := &Library{texts: map[string]string{}}
	for _, file := range t.Templates() {
		id := strings.TrimSuffix(file.Name(), path.Ext(file.Name()))
		var b strings.Builder
		if err := file.Execute(&b, nil); err != nil {
			return nil, fmt.Errorf("render prompt %s: %w", id, err)
		}
		if l.texts[id] = strings.TrimSpace(b.String()); l.texts[id] == "" {
			return nil, fmt.Errorf("prompt %s is empty", id)
		}
	}
	for _, part := range parts {
		delete(l.texts, part)
	}
	return l, nil
}

// Text is the prompt with this id.
func (l *Library) Text(id string) (string, error) {
	text, ok := l.texts[id]
	if !ok {
		return "", fmt.Errorf("there is no prompt %q", id)
	}
	return text, nil
}

// All are the texts that must not leave the server, by id.
func (l *Library) All() map[string]string {
	return maps.Clone(l.texts)
}
