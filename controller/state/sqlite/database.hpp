// The SQLite C API as values that close themselves and answer with Results. Every value travels as
// a bound parameter; SQL text is only ever ours. Knows no table.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::state {

/// What SQLite says about its last failure on `database`, with what to do about it. Errors:
/// unavailable (disk full, I/O error, busy), denied (read-only, permissions), malformed (damaged).
Error sqlite_error(sqlite3* database, std::string_view step);

/// One row of an answer; columns are read in order. A value of the wrong type sets the error and
/// reads as empty: files are foreign bytes.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_{statement} {}

  std::int64_t integer();
  double real();
  std::string text();
  int number() { return checked_int(integer()); }
  bool flag() { return integer() != 0; }
  TimePoint instant() { return TimePoint{Duration{integer()}}; }
  std::optional<TimePoint> optional_instant();
  std::optional<std::string> optional_text();

  /// Marks the column that was read last as not what was written.
  void fail(std::string_view complaint);
  const std::optional<std::string>& error() const { return error_; }

  /// No further row is wanted.
  void finish() { is_last_ = true; }
  bool is_last() const { return is_last_; }

 private:
  int checked_int(std::int64_t wide);
  bool is_null() const;
  bool expect(int type);

  sqlite3_stmt* statement_;
  int column_{0};  ///< the next to be read
  std::optional<std::string> error_{};
  bool is_last_{false};
};

/// A prepared statement, used again and again.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_{statement} {}

  /// Binds `values` in order and runs to the end.
  template <class... Values>
  Result<void> run(const Values&... values) {
    return rows([](Row&) {}, values...);
  }

  /// Binds `values` in order and calls `each` for every row. Stops at a row with an error.
  template <class Each, class... Values>
  Result<void> rows(Each&& each, const Values&... values) {
    int index{0};
    (bind(++index, values), ...);
    for (;;) {
      const auto has_row{step()};
      if (!has_row) return has_row.error();
      if (!*has_row) return {};
      Row row{statement_.get()};
      each(row);
      if (row.error()) return stop(*row.error());
      if (row.is_last()) {
        rewind();
        return {};
      }
    }
  }

  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, bool value) { bind(index, std::int64_t{value ? 1 : 0}); }
  void bind(int index, double value);
  /// Not copied: the text must live until the statement has run.
  void bind(int index, std::string_view value);
  void bind(int index, const std::string& value) { bind(index, std::string_view{value}); }
  void bind(int index, TimePoint value) { bind(index, value.time_since_epoch().count()); }
  void bind(int index, Duration value) { bind(index, value.count()); }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    if (value) {
      bind(index, *value);
    } else {
      bind_null(index);
    }
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  void bind_null(int index);
  void note(int code);
  Result<bool> step();
  void rewind();
  Error stop(std::string_view complaint);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_code_{SQLITE_OK};  ///< of the first bind that failed
};

class Database {
 public:
  enum class Access { read_write, read_only };

  /// Opens the file; creates it if it is to be written. Errors as `sqlite_error`.
  static Result<Database> open(const std::filesystem::path& path, Access access);

  /// Runs statements without values or rows.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// The single integer that `sql` answers with.
  Result<std::int64_t> number(std::string_view sql);

  std::int64_t last_id() const { return sqlite3_last_insert_rowid(database_.get()); }
  int changes() const { return sqlite3_changes(database_.get()); }
  /// Whether its file was removed, or another one put in its place: writes go on and are lost.
  bool has_moved() const;
  bool is_in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };

  explicit Database(sqlite3* database) : database_{database} {}

  std::unique_ptr<sqlite3, Close> database_;
};

/// Everything from `begin` to `commit`, or nothing: what is not committed is rolled back.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_{std::exchange(other.database_, nullptr)} {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  /// Durable once this succeeds.
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_{&database} {}

  Database* database_;
};

}  // namespace spillway::state
