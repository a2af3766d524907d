#include "controller/kubernetes/watch_state.hpp"

#include <utility>

namespace spillway::kubernetes {

WatchState::WatchState(std::string path, io::QueryParams selectors, ObjectStore& store)
    : path_{std::move(path)}, selectors_{std::move(selectors)}, store_{store} {}

std::string WatchState::target() const {
  io::QueryParams parameters{selectors_};
  if (next() == Step::list) {
    parameters.emplace_back("limit", std::to_string(list_page_size));
    if (!next_page_.empty()) parameters.emplace_back("continue", next_page_);
  } else {
    parameters.emplace_back("watch", "1");
    parameters.emplace_back("allowWatchBookmarks", "true");
    parameters.emplace_back("timeoutSeconds", std::to_string(watch_length.count()));
    parameters.emplace_back("resourceVersion", resource_version_);
  }
  return io::with_query(path_, parameters);
}

Result<void> WatchState::take_page(std::string_view body) {
  auto page = parse_list_page(body);
  if (!page) {
    list_anew();
    return page.error();
  }
  if (next_page_.empty()) store_.begin();
  for (const boost::json::object& item : page->items) {
    const auto collected = store_.collect(item);
    if (collected) continue;
    list_anew();
    return collected.error();
  }
  next_page_ = std::move(page->next);
  if (!next_page_.empty()) return {};
  store_.commit();
  resource_version_ = std::move(page->resource_version);
  is_listed_ = true;
  is_synced_ = true;
  return {};
}

Result<void> WatchState::take_event(std::string_view line) {
  auto event = parse_watch_event(line);
  if (!event) {
    list_anew();
    return event.error();
  }
  using Kind = WatchEvent::Kind;
  Result<void> done{};
  switch (event->kind) {
    case Kind::added:
    case Kind::modified:
      done = store_.put(event->object);
      break;
    case Kind::deleted: {
      const auto metadata = parse_metadata(event->object);
      if (metadata) {
        store_.erase(metadata->key());
      } else {
        done = metadata.error();
      }
      break;
    }
    case Kind::bookmark:
      break;
    case Kind::error: {
      // Other errors (a server that stops, say) leave the place in the stream as it was.
      if (is_expired(*event)) {
        list_anew();
        return {};
      }
      FieldReader fields{};
      return Error{Errc::unavailable,
                   "the watch ended: " + io::excerpt(fields.text(&event->object, "message"), 200)};
    }
  }
  if (!done) {
    list_anew();
    return done;
  }
  resource_version_ = std::move(event->resource_version);
  return {};
}

void WatchState::take_refusal(int status) {
  // Also of a page whose token is too old.
  if (status == 410) list_anew();
}

void WatchState::list_anew() {
  is_listed_ = false;
  next_page_.clear();
}

}  // namespace spillway::kubernetes
