package memory_test

import (
	"testing"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/ports/porttest"
)

func openStorage(porttest.T) porttest.StorageStore {
	s := memory.NewStore()
	return porttest.StorageStore{
		Work: memory.NewStorageWork(s), Users: memory.NewUsers(s), Records: memory.NewRecords(s), Changes: memory.NewChanges(s),
		Usage: memory.NewUsage(s), Garbage: memory.NewGarbage(s), Backups: memory.NewBackups(s),
		VectorItems: memory.NewVectorItems(s), VectorGarbage: memory.NewVectorGarbage(s),
	}
}

func TestRecordsKeepTheirContract(t *testing.T)    { porttest.Records(t, openStorage) }
func TestChangesKeepTheirContract(t *testing.T)    { porttest.Changes(t, openStorage) }
func TestUsageKeepsItsContract(t *testing.T)       { porttest.Usage(t, openStorage) }
func TestGarbageKeepsItsContract(t *testing.T)     { porttest.Garbage(t, openStorage) }
func TestBackupsKeepTheirContract(t *testing.T)    { porttest.Backups(t, openStorage) }
func TestStorageWorkKeepsItsContract(t *testing.T) { porttest.StorageWork(t, openStorage) }
