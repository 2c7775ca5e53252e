package chat

import (
	"time"
)

// Context is what the client sent along: the server stores none of it and trusts none of it.
type Context struct {
	UserProfile         map[string]any
	RelevantDocuments   []string
	RecentTasks         []map[string]any
	ConversationHistory []map[string]any
	Extra               map[string]any // any other key: projects, notes, checkpoints, task_comments, ...
}

// Location is the user's time zone, by user_profile.timezone (an IANA name), else UTC.
func (c Context) Location() *time.Location {
	if name, ok := c.UserProfile["timezone"].(string); ok && name != "" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc
		}
	}
	return time.UTC
}
