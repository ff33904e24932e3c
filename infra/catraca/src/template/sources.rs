//! What wakes functions beside requests: the table's stream and the queue, as their mappings in the template say.

use std::time::Duration;

use super::{Function, Node, TemplateError};
use crate::filter::Filter;

/// How the table's stream wakes a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSource {
    /// Who is woken.
    pub function: Function,
    /// How many records one call gets at most.
    pub batch: usize,
    /// How many calls are under way at once; the changes of one item stay in one line.
    pub lines: usize,
    /// Which changes wake it.
    pub filter: Filter,
    /// A record that is older than this is given up.
    pub max_age: Duration,
}

/// How the queue wakes a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSource {
    /// Who is woken.
    pub function: Function,
    /// How many messages one call gets at most.
    pub batch: usize,
    /// How many calls are under way at once.
    pub at_once: usize,
    /// After how long a message whose call failed is there again.
    pub hidden_for: Duration,
    /// How often a message is handed out before it is laid aside.
    pub max_receives: u32,
}

impl StreamSource {
    /// Reads the properties of a `DynamoDB` event.
    pub(super) fn read(event: &Node<'_>, function: Function) -> Result<Self, TemplateError> {
        let filters = event.get("FilterCriteria")?.get("Filters")?;
        let patterns = filters.list()?.into_iter().map(|filter| Ok(filter.get("Pattern")?.text()?.to_owned()));
        let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            function,
            batch: event.get("BatchSize")?.count()?,
            lines: event.get("ParallelizationFactor")?.count()?,
            filter: Filter::parse(&patterns).map_err(|strange| filters.is(&strange))?,
            max_age: event.get("MaximumRecordAgeInSeconds")?.seconds()?,
        })
    }
}

impl QueueSource {
    /// Reads the properties of an `SQS` event and of its queue.
    pub(super) fn read(event: &Node<'_>, queue: &Node<'_>, function: Function) -> Result<Self, TemplateError> {
        let max_receives = queue.get("RedrivePolicy")?.get("maxReceiveCount")?;
        Ok(Self {
            function,
            batch: event.get("BatchSize")?.count()?,
            at_once: event.get("ScalingConfig")?.get("MaximumConcurrency")?.count()?,
            hidden_for: queue.get("VisibilityTimeout")?.seconds()?,
            max_receives: u32::try_from(max_receives.count()?).map_err(|_| max_receives.is_not("a number of times"))?,
        })
    }
}

impl<'a> Node<'a> {
    /// A whole number from 1.
    fn count(&self) -> Result<usize, TemplateError> {
        let number = usize::try_from(self.whole_number()?).ok().filter(|number| *number > 0);
        number.ok_or_else(|| self.is_not("a number above 0"))
    }

    fn seconds(&self) -> Result<Duration, TemplateError> {
        let seconds = u64::try_from(self.whole_number()?).map_err(|_| self.is_not("a number of seconds"))?;
        Ok(Duration::from_secs(seconds))
    }

    fn list(&self) -> Result<Vec<Node<'a>>, TemplateError> {
        let list = self.yaml.as_vec().ok_or_else(|| self.is_not("a list"))?;
        let entries = list.iter().enumerate();
        Ok(entries.map(|(index, yaml)| Node { yaml, place: format!("{}.{index}", self.place) }).collect())
    }

    fn is(&self, what: &dyn std::fmt::Display) -> TemplateError {
        TemplateError(format!("{} {what}", self.place))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

    use crate::template::{TEXT, Template};

    #[test]
    fn the_stream_wakes_the_relay_and_the_queue_the_delivery() {
        let template = Template::parse(TEXT).unwrap();
        let (relay, deliver) = (template.relay, template.deliver);
        assert_eq!((relay.function.name.as_str(), deliver.function.name.as_str()), ("event-relay", "webhook-deliver"));
        assert_eq!((relay.batch, relay.lines, relay.max_age.as_secs()), (100, 10, 23 * 60 * 60));
        assert_eq!((deliver.batch, deliver.max_receives), (10, 5));
        // What AWS asks of a queue that wakes a function: time for six calls.
        assert!(deliver.hidden_for >= deliver.function.limit * 6);
    }

    #[test]
    fn a_broken_mapping_is_told_with_its_place() {
        for (good, bad, told) in [
            ("ParallelizationFactor: 10", "ParallelizationFactor: 0", "ParallelizationFactor is not a number above 0"),
            ("\"prefix\":\"CHARGE#\"", "\"suffix\":\"CHARGE\"", "Filters is a pattern that is not understood here: "),
            ("          Type: DynamoDB\n", "          Type: Kinesis\n", "Resources lacks a function for the stream"),
            ("maxReceiveCount: 5", "maxReceives: 5", "WebhookQueue.Properties.RedrivePolicy lacks maxReceiveCount"),
        ] {
            assert!(TEXT.contains(good), "{good}");
            let refused = Template::parse(&TEXT.replace(good, bad)).unwrap_err().to_string();
            assert!(refused.contains(told), "{refused}");
        }
    }
}
