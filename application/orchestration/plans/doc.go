// Package plans is what plans are made of: the templates of their steps, each with the tools and the variables that it may
// have, the playbooks that are made beforehand, and the cache of what was made for a message.
//
// To add a template: a file in prompts/templates/steps, and one row in templates. To add a playbook: one function in
// playbooks.go, and one row in playbooks. What does not fit together is found at start.
//
// It imports domain, ports, the siblings agents and prompts, and hashicorp/golang-lru. Start at Library.
package plans
